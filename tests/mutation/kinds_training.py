"""Faults of the `budget:` and `train:` sections."""

from tests.mutation.kind import Kind, swap

_BUDGET = ("budget",)
_TRAIN = ("train",)
_NUMBERS = "batch|epochs|seed"

BUDGET = [
    Kind("limit misspelt", r"(?P<word>params|macs|training_memory)(?=: )", swap, _BUDGET),
    Kind("limit with an unknown unit", r"(?P<n>\d+)M\b", r"\g<n>Q", _BUDGET),
    Kind("limit in words", r"(?P<key>params|macs): \w+", r"\g<key>: few", _BUDGET),
    Kind("limit in percent", r"(?P<key>params|macs): \w+", r"\g<key>: 80%", _BUDGET),
    Kind("memory without a unit", r"2GiB", "2", _BUDGET),
    Kind("memory of a misspelt batch", r"at (?P<word>batch)", swap, _BUDGET),
    Kind("budget as a number", r"^budget: .*$", "budget: 5M", _BUDGET),
]

TRAIN = [
    Kind("training key misspelt", r"^  (?P<word>[a-z]{4,})(?=: )", swap, _TRAIN),
    Kind("training key from elsewhere", r"^  optimizer: .*$", r"\g<0>\n  learning_rate: 0.1", _TRAIN),
    Kind(
        "kind misspelt in training",
        r"(?P<word>adam|momentum|cosine|warmup|mnist|bfloat16)\b(?!=)",
        swap,
        _TRAIN,
    ),
    Kind("argument misspelt in training", r", (?P<word>\w+)=", swap, _TRAIN),
    Kind("negative number in training", rf"(?P<key>^  ({_NUMBERS}): )(?P<n>\d+)", r"\g<key>-\g<n>", _TRAIN),
    Kind("fraction in training", rf"(?P<key>^  ({_NUMBERS}): )(?P<n>\d+)", r"\g<key>\g<n>.5", _TRAIN),
    Kind("word for a number in training", rf"(?P<key>^  ({_NUMBERS}): )\d+", r"\g<key>many", _TRAIN),
    Kind("rate of zero", r"(?P<head>(adam|momentum)\()[\d.]+", r"\g<head>0", _TRAIN),
    Kind("rate as text", r"(?P<head>(adam|momentum)\()[\d.]+", r"\g<head>fast", _TRAIN),
    Kind("arguments not closed in training", r"(?P<head>\w+\([^()\n]*)\)", r"\g<head>", _TRAIN),
    Kind("arrow missing in training", r" -> ", " ", _TRAIN),
    Kind("training key given twice", rf"^  ({_NUMBERS}): .*\n", r"\g<0>\g<0>", _TRAIN),
    Kind("train as text", r"^train:\n(  .*\n)+", "train: adam\n", _TRAIN),
]

KINDS = [*BUDGET, *TRAIN]
