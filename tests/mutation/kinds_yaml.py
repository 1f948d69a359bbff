"""Faults of the file: YAML itself, keys, structured layers."""

import re

from tests.mutation.kind import Kind, Match, swap, swapped

_KEYS = "input|variables|variants|blocks|network|heads|budget|train"
_INDENTED = r"^(?P<indent> +)(?=[^\s\[])"
_FIELDS = "filters|kernel|units|rate|repeat"
_ANYWHERE = ()


def _indent(found: Match) -> int:
    line = found.string[: found.start()].rstrip("\n").rpartition("\n")[2]
    return len(line) - len(line.lstrip())


def _in_text(found: Match) -> bool:
    """Whether the line belongs to a `network: |` block, where deeper indentation has no meaning."""
    above = found.string[: found.start()]
    return re.search(r"^(?P<key> *)\S.*: \|.*\n((?P=key) .*\n|\n)*\Z", above, re.MULTILINE) is not None


def _less(found: Match) -> str | None:
    return found["indent"][1:] if _indent(found) == len(found["indent"]) else None


def _more(found: Match) -> str | None:
    return f" {found['indent']}" if _indent(found) == len(found["indent"]) and not _in_text(found) else None


def _tab(found: Match) -> str:
    return "\t" * (len(found["indent"]) // 2)


def _beside(found: Match) -> str:
    """The fields of a layer two spaces further left, beside its name."""
    fields = found["fields"].replace(f"\n{found['indent']}    ", f"\n{found['indent']}  ")
    return found[0].replace(found["fields"], fields[2:])


def _smart_quotes(found: Match) -> str:
    return f"“{found['text']}”"


YAML = [
    Kind("tab for indentation", _INDENTED, _tab, _ANYWHERE),
    Kind("one space too few", _INDENTED, _less, _ANYWHERE),
    Kind("one space too many", _INDENTED, _more, _ANYWHERE),
    Kind("key given twice", r"^(input|name|  \w+): [^|\n].*\n", r"\g<0>\g<0>", _ANYWHERE),
    Kind("field given twice in a mapping", rf"^ +({_FIELDS}|shortcut|loss_weight): .*\n", r"\g<0>\g<0>"),
    Kind("space missing after a colon", r"^(?P<key>\w+|  \w+): (?=[\w\[])", r"\g<key>:", _ANYWHERE),
    Kind("YAML tag", r"^(?P<key>\w+|  \w+): (?=\w)", r"\g<key>: !!str ", _ANYWHERE),
    Kind("alias without an anchor", r"^(?P<key>input|  \w+): .*$", r"\g<key>: *size", _ANYWHERE),
    Kind("merge key", r"^network:", "<<: {name: base}\nnetwork:"),
    Kind("second document", r"^network:", "---\nnetwork:"),
    Kind("flow list not closed", r"(?P<start>[:,] \[[^\[\]\n]*)\]", r"\g<start>", ("variables", "variants")),
    Kind("flow mapping not closed", r"\}$", "", ("variables", "variants", "input", "network")),
    Kind(
        "dash missing before an entry", r"(?<=\n)(?P<indent> +)- (?=(relu|tanh|bn|gap|fc)\b)", r"\g<indent>  "
    ),
]

QUOTES = [
    Kind("quotes missing", r"(?P<q>[\"'])(?P<text>\[[^\"'\n]*\]\*[^\"'\n]*)(?P=q)$", r"\g<text>"),
    Kind("quote not closed", r"(?P<text>(?P<q>[\"'])\[[^\"'\n]*)(?P=q)$", r"\g<text>"),
    Kind("quote not opened", r"(?P<q>[\"'])(?P<text>\[[^\"'\n]*(?P=q))$", r"\g<text>"),
    Kind("typographic quotes", r"(?P<q>[\"'])(?P<text>\[[^\"'\n]*)(?P=q)$", _smart_quotes),
]

KEYS = [
    Kind("key misspelt", rf"^(?P<word>{_KEYS}):", swap, _ANYWHERE),
    Kind("key of another name", rf"^(?P<key>{_KEYS}):", r"my_\g<key>:", _ANYWHERE),
    Kind("key that does not exist", r"^network:", "optimizer: adam\nnetwork:", _ANYWHERE),
    Kind(
        "input left out",
        r"\A(?P<top>(#.*\n|\n)*)(?P<at>(?!input)\w+:.*\n)(?P<rest>(.*\n)*?)input: .*\n",
        r"\g<top>\g<at>\g<rest>",
        _ANYWHERE,
        also=r"^network:",
    ),
    Kind(
        "network left out",
        r"\A(?P<top>(#.*\n|\n)*)(?P<at>(?!network)\w+:.*\n)(?P<rest>(.*\n)*?)network:.*\n( .*\n)*",
        r"\g<top>\g<at>\g<rest>",
        _ANYWHERE,
    ),
    Kind("input without a value", r"^input: .*$", "input:", _ANYWHERE),
    Kind("unknown version", r"\A", "netspec: 2\n", _ANYWHERE),
    Kind("version as text", r"\A", "netspec: one\n", _ANYWHERE),
]

LAYERS = [
    Kind("layer misspelt in a list", r"^ +- (?P<word>conv|pool|fc|dropout|avgpool):", swap),
    Kind("field misspelt", rf"^ +(?P<word>{_FIELDS}|padding|stride|shortcut|loss_weight): ", swap),
    Kind("network misspelt", r"^ +(?P<word>network): ?", swap, also=r"repeat:|^  \w+:$"),
    Kind(
        "field left out",
        r"(?P<at>^ +- \w+:\n)(?P<rest>( +\w+: .*\n)*?) +(filters|kernel|units): .*\n",
        r"\g<at>\g<rest>",
    ),
    Kind("word for a field's number", rf"(?P<key> ({_FIELDS}): )\d[\d.]*", r"\g<key>many"),
    Kind("switch for a field's number", rf"(?P<key> ({_FIELDS}): )\d[\d.]*", r"\g<key>true"),
    Kind("fraction for a field's number", r"(?P<key> (filters|kernel|units|repeat): )\d+", r"\g<key>2.5"),
    Kind("quotes round a field's number", rf"(?P<key> ({_FIELDS}): )(?P<n>\d[\d.]*)", r'\g<key>"\g<n>"'),
    Kind("negative number in a field", rf"(?P<key> ({_FIELDS}): )(?P<n>\d[\d.]*)", r"\g<key>-\g<n>"),
    Kind("list for a field's number", r"(?P<key> (kernel|stride): )(?P<n>\d+)", r"\g<key>[3, 3, 3, 3, 3]"),
    Kind("mapping for a field's number", rf"(?P<key> ({_FIELDS}): )(?P<n>\d[\d.]*)", r"\g<key>{n: \g<n>}"),
    Kind("unquoted expression", rf"(?P<key> ({_FIELDS}): )(?P<n>\d[\d.]*)", r"\g<key>{n}"),
    Kind("switch by another word in a field", r"(?P<key> bias: )(true|false)", r"\g<key>off"),
    Kind(
        "fields beside their layer",
        r"^(?P<at>(?P<indent> +)- (?:conv|pool|fc|avgpool|dropout):(?P<fields>\n(?P=indent)    \w+: .*(?:\n(?P=indent)    .*)*))",
        _beside,
    ),
    Kind("two layers in one entry", r"^(?P<indent> +)- \w+: \{.*\}$", r"\g<0>\n\g<indent>  relu: {}"),
]

KINDS = [*YAML, *QUOTES, *KEYS, *LAYERS]

__all__ = ["KINDS", "swapped"]
