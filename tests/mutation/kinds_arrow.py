"""Faults of arrow strings: names, arrows, brackets, numbers, arguments."""

import re

from tests.mutation.kind import Kind, Match, swap, swapped

_WORDS = "conv|dwconv|sepconv|upconv|pool|avgpool|gap|gmp|fc|bn|gn|relu|relu6|tanh|sigmoid|dropout|concat|embed|lrn|softmax"
_BEFORE = r"(?<![\w{@(=/.])"
_AFTER = r"(?=[\d{\s(/@\-\]:\"']|$)"
_ENDS = r"(?=[\s\]\"']|$)"
_CONV = rf"{_BEFORE}(?P<head>conv\d+(?:x\d+)*)-(?P<n>\d+)"
_PLAIN_CONV = rf"{_CONV}{_ENDS}"
# VGG's 1x1 convolutions are repeated 0 times unless its variant C is chosen, and what never runs has no shapes.
_RUN = r"(?![^\[\]\n]*\]\*\{pointwise\})"
_ELSEWHERE = {"pool": "maxpool", "fc": "linear", "bn": "batchnorm", "gap": "globalavgpool", "dropout": "drop"}
_ARROWS = ("=>", "-->", ">", ",", "|", "—>")
_SWITCHES = ("no", "yes", "off", "on", "0")


def _elsewhere(found: Match) -> str:
    return _ELSEWHERE[found["word"]]


def _other_arrow(found: Match) -> str:
    return f" {_ARROWS[found.start() % len(_ARROWS)]} "


def _switch(found: Match) -> str:
    return f"{found[0]}(bias={_SWITCHES[found.start() % len(_SWITCHES)]})"


def _odd_groups(found: Match) -> str | None:
    return f"{found[0]}(groups=7)" if int(found["n"]) % 7 else None


def _own_tag(found: Match) -> str | None:
    """An earlier tag of the main network in place of this one."""
    earlier = re.findall(r"@(\w+)", found.string[: found.start()])
    return f"@{earlier[0]}" if earlier and earlier[0] != found["tag"] else None


def _misspelt_padding(found: Match) -> str:
    word = found["word"]
    return found[0].replace(word, swapped(word) if word.isalpha() else "smae")


NAMES = [
    Kind("layer name misspelt", rf"{_BEFORE}(?P<word>{_WORDS}){_AFTER}", swap),
    Kind("layer name of another tool", rf"{_BEFORE}(?P<word>{'|'.join(_ELSEWHERE)}){_AFTER}", _elsewhere),
    Kind(
        "argument's name misspelt",
        r"[(,] ?(?P<word>padding|stride|ceil|groups|kernel|bias|crop)=(?![^\n]*\):)",
        swap,
    ),
    Kind("word misspelt in an argument", r"padding=(?P<word>\w+)(?=[,)])", _misspelt_padding),
    Kind(
        "tag misspelt where used", r"\b(concat|add|multiply|from)\((?P<tag>\w+)", r"\g<0>x", also=r"@{tag}\b"
    ),
    Kind(
        "tag misspelt where set",
        r"@(?P<tag>\w+)",
        r"\g<0>x",
        also=r"\((\w+, )*{tag}\b|from: {tag}\b|share={tag}\b",
    ),
    Kind("tag set twice", r"@(?P<tag>\w+)", _own_tag),
]

ARROWS = [
    Kind("arrow missing", r"(?<=[\w)\]}]) -> (?=[a-z\[{])", " "),
    Kind("arrow doubled", r" -> ", " -> -> "),
    Kind("arrow of another kind", r" -> ", _other_arrow),
    Kind("arrow at the end", rf"{_BEFORE}fc-[\w{{}}]+(?=[\"']?$)", r"\g<0> ->"),
    Kind("arrow at the start", r"(?<=network: \|\n  )(?=\S)", "-> "),
    Kind("closing bracket missing", r"\](?=\*[\d{])", ""),
    Kind("closing bracket doubled", r"\](?=\*[\d{])", "]]"),
    Kind("opening bracket missing", r"(?<![\w:] )(?<!\w)\[(?=[a-z\[][^\n]*->)", ""),
    Kind("repeat without a number", r"\]\*\d+", "]*"),
    Kind("repeat of a fraction", r"\]\*\d+", "]*2.5"),
    Kind("number before the brackets", r"\[(?P<body>[^\[\]\n]*)\]\*(?P<n>\d+)", r"\g<n>*[\g<body>]"),
    Kind("repeat without brackets", rf"{_BEFORE}(relu|bn)(?= ->)", r"\g<0>*2"),
]

NUMBERS = [
    Kind("negative stride", rf"{_BEFORE}(?P<head>(conv|pool)[\dx]+(-\d+)?)/\d+(x\d+)*", r"\g<head>/-2"),
    Kind("stride of zero", rf"{_BEFORE}(?P<head>(conv|pool)[\dx]+(-\d+)?)/\d+(x\d+)*", r"\g<head>/0"),
    Kind("no filters", _CONV, r"\g<head>-0"),
    Kind("filters missing", _CONV, r"\g<head>"),
    Kind("units missing", rf"{_BEFORE}fc-(\d+|\{{[^{{}}]*\}})", "fc"),
    Kind("fraction of a filter", _CONV, r"\g<head>-\g<n>.5"),
    Kind("word for a number", _CONV, r"\g<head>-many"),
    Kind("long dash for a minus", _CONV, r"\g<head>–\g<n>"),
    Kind("thousands separated", rf"{_BEFORE}fc-(\d)(\d\d\d)\b", r"fc-\1,\2"),
    Kind("number past 2^63", _CONV, r"\g<head>-9223372036854775808"),
    Kind("rate in percent", r"dropout\(0\.(\d)\)", r"dropout(\g<1>0%)"),
    Kind("rate above one", r"dropout\(0\.(\d)\)", r"dropout(\g<1>0)"),
]

ARGUMENTS = [
    Kind("switch by another word", _PLAIN_CONV, _switch),
    Kind("field given twice", _PLAIN_CONV, r"\g<0>(kernel=5)"),
    Kind("argument too many", rf"{_BEFORE}(relu|bn|gap)(?= ->|$)", r"\g<0>(3, 4)"),
    Kind("width on a layer without", rf"{_BEFORE}(relu|bn|gap)(?= ->|$)", r"\g<0>-64"),
    Kind("size on a layer without", rf"{_BEFORE}(bn|gap)(?= ->|$)", r"\g<0>3"),
    Kind("comma missing", r"\((?P<a>[\w=.]+), (?P<b>\w+=[\w.]+)\)(?!:)", r"(\g<a> \g<b>)"),
    Kind("arguments not closed", r"(?P<a>\([a-z]+=[\w.]+)\)(?!:)", r"\g<a>"),
    Kind("value missing in an argument", r"(?P<a>\((?:[^()\n]*, )?[a-z]+=)[\w.]+\)(?!:)", r"\g<a>)"),
]

SHAPES = [
    Kind("kernel larger than its map", _PLAIN_CONV + _RUN, r"conv999-\g<n>(padding=valid)"),
    Kind("pooled too often", rf"{_BEFORE}pool\d{_ENDS}", " -> ".join(["pool2"] * 12)),
    Kind("groups that do not divide", _PLAIN_CONV + _RUN, _odd_groups),
    Kind("norm's groups that do not divide", r"\bgn\(8\)", "gn(7)"),
    Kind("convolution after the last fc", rf"{_BEFORE}fc-[\w{{}}]+(?=[\"']?$)", r"\g<0> -> conv3-8"),
    Kind("pool before a join", rf"{_BEFORE}(?P<join>(concat|add)\(\w+\))", r"pool2 -> \g<join>"),
    Kind("embedding left out", r"\bembed-\d+", "relu"),
]

KINDS = [*NAMES, *ARROWS, *NUMBERS, *ARGUMENTS, *SHAPES]
