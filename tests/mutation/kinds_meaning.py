"""Faults of what a spec says: its input, variables, expressions, blocks, branches and heads."""

import re

from tests.mutation.kind import Kind, Match, blocks, swap, swapped

_INPUT = ("input",)
_SET = ("variables", "variants")
_FUNCTIONS = ("min", "max", "round", "ceil", "floor", "divisible")
_EXPRESSION = r"\{(?P<inside>[^{}\n:]*[a-z][^{}\n:]*)\}"
_CALL = r"(?<!\w)(?P<name>[a-z_]\w*)\((?P<arguments>[^()\n]*)\)(?!:)"
_JOIN = r"- (concat|add|multiply|residual):"
_HEADING = r"^  (?P<name>\w+)(?=\([^()\n]*\):)"


def _in_expression(change: str) -> str:
    return "{" + change.replace("E", r"\g<inside>") + "}"


def _misspelt_variable(found: Match) -> str | None:
    words = [word for word in re.findall(r"[a-z_]\w+", found["inside"]) if word not in _FUNCTIONS]
    return found[0].replace(words[0], swapped(words[0]), 1) if words else None


def _too_many(found: Match) -> str | None:
    known = found["name"] in blocks(found.string)
    return f"{found['name']}({found['arguments'] or 1}, 1, 2, 3, 4, 5, 6, 7, 8, 9)" if known else None


def _too_few(found: Match) -> str | None:
    parameters = blocks(found.string).get(found["name"], "")
    needed = [p for p in parameters.split(",") if p.strip() and "=" not in p]
    return f"{found['name']}()" if needed and found["arguments"] else None


def _unknown_argument(found: Match) -> str | None:
    known = found["name"] in blocks(found.string)
    return f"{found['name']}({found['arguments']}, colour=3)" if known and found["arguments"] else None


def _unknown_block(found: Match) -> str | None:
    name = found["name"]
    return f"{swapped(name)}({found['arguments']})" if name in blocks(found.string) else None


def _calls_itself(found: Match) -> str:
    arguments = ", ".join(f"{{{p.partition('=')[0].strip()}}}" for p in found["parameters"].split(","))
    return f"{found[0]} -> {found['name']}({arguments})"


def _unused(found: Match) -> str | None:
    return None if "\nvariables:" in found.string else f"variables: {{unused: 3}}\n{found[0]}"


def _between_commas(found: Match) -> str:
    return f"input: {found['sizes'].replace('x', ', ')}"


INPUT = [
    Kind("channels left out", r"^input: (?P<n>\d+)x(?P=n)x\d+$", r"input: \g<n>x\g<n>", _INPUT),
    Kind("channels first", r"^input: (?P<n>\d+)x(?P=n)x(?P<c>[134])$", r"input: \g<c>x\g<n>x\g<n>", _INPUT),
    Kind("input of zero rows", r"^input: \d+x", "input: 0x", _INPUT),
    Kind("input with a negative size", r"^input: (?P<sizes>\d+x)", r"input: -\g<sizes>", _INPUT),
    Kind("input with commas", r"^input: (?P<sizes>\d+(x\d+)+)$", _between_commas, _INPUT),
    Kind("input past 2^63", r"^input: (?P<n>\d+)x", r"input: \g<n>0000000000000000000x", _INPUT),
    Kind("input with a word in it", r"^(?P<sizes>input: \d+x\d+)x\d+", r"\g<sizes>xrgb", _INPUT),
    Kind("tokens left out", r", tokens: \d+", "", _INPUT, also=r"embed"),
    Kind("tokens as text", r"tokens: \d+", "tokens: many", _INPUT),
    Kind("field of the input misspelt", r"(?P<word>shape|tokens|mean|std|range): ", swap, _INPUT),
]

EXPRESSIONS = [
    Kind("variable misspelt", _EXPRESSION, _misspelt_variable),
    Kind("index out of range", r"\{(?P<list>\w+)\[\d\]\}", r"{\g<list>[9]}"),
    Kind("index of what is no list", r"\{(?P<name>classes|width)\}", r"{\g<name>[0]}"),
    Kind("power in an expression", _EXPRESSION, _in_expression("E**9")),
    Kind("attribute in an expression", _EXPRESSION, _in_expression("E.__class__")),
    Kind("unknown function", _EXPRESSION, _in_expression("sqrt(E)")),
    Kind("call of Python", _EXPRESSION, _in_expression("__import__('os')")),
    Kind("expression cut off", _EXPRESSION, _in_expression("E+")),
    Kind("parenthesis not closed in an expression", _EXPRESSION, _in_expression("2*(E")),
    Kind("division by zero", _EXPRESSION, _in_expression("E//0")),
    Kind("result past 2^63", _EXPRESSION, _in_expression("(E+9000000000)*9000000000*9000000000")),
    Kind("fraction from an expression", r"(?P<width>-)\{(?P<inside>\w+)\}", r"\g<width>{\g<inside>*1.03}"),
    Kind("brace not closed", r"\{(?P<inside>[^{}\n:,]*[a-z][^{}\n:,]*)\}", r"{\g<inside>"),
    Kind("brace not opened", r"\{(?P<inside>[^{}\n:,]*[a-z][^{}\n:,]*)\}", r"\g<inside>}"),
]

VARIABLES = [
    Kind(
        "variable misspelt where set",
        r"(?P<word>\b[a-z]\w+)(?=: [\[\d])",
        swap,
        ("variables",),
        also=r"\{{[^}}\n]*\b{word}\b|\b{word}: ",
    ),
    Kind("variant of an unknown variable", r"(?P<word>\b[a-z]\w+)(?=: [\[\d])", swap, ("variants",)),
    Kind("variant without a mapping", r"^(?P<key>  [\"\w]+: )\{.*\}$", r"\g<key>50", ("variants",)),
    Kind(
        "text for a number's variable",
        r"(?P<word>\bclasses): \d+",
        r"\g<word>: ten",
        ("variables",),
        also=r"\{{[^}}\n]*\b{word}\b",
    ),
    Kind("unused variable", r"^network:", _unused),
]

BLOCKS = [
    Kind("block argument too many", _CALL, _too_many),
    Kind("block arguments left out", _CALL, _too_few),
    Kind("unknown argument of a block", _CALL, _unknown_argument),
    Kind("block misspelt where called", _CALL, _unknown_block),
    Kind("block misspelt where defined", _HEADING.replace("name", "word"), swap, also=r"\b{word}\("),
    Kind("block that calls itself", rf"{_HEADING}\((?P<parameters>[^()\n]+)\): .*[\w)}}\]]$", _calls_itself),
    Kind(
        "parameter misspelt in the heading",
        r"^  \w+\((?P<word>\w{3,})(?=[^()\n]*\):)",
        swap,
        also=r"\{{[^}}\n]*\b{word}\b",
    ),
    Kind("parameter twice in the heading", r"^  \w+\((?P<word>\w+)(?=[^()\n]*\):)", r"\g<0>, \g<word>"),
    Kind("block called as a layer", _HEADING, "  conv3"),
    Kind("heading not closed", r"^  \w+\([^()\n]*(?=\):)", r"\g<0>, ("),
]

BRANCHES = [
    Kind(
        "identity over another width",
        r"(?P<start>residual: .*conv\d-)(?P<n>\d+)(?P<end> -> bn\n +shortcut: identity)",
        r"\g<start>1\g<n>\g<end>",
    ),
    Kind(
        "padded shortcut to fewer channels",
        r"(?P<start>residual: .*conv\d-)\d+(?P<end> -> bn\n +shortcut: pad)",
        r"\g<start>2\g<end>",
    ),
    Kind(
        "stride in one branch",
        r"^(?P<start> {6,}- conv\d-\d+)(?P<end> -> (?!.*gmp).*)$",
        r"\g<start>/2\g<end>",
        also=_JOIN,
    ),
    Kind(
        "width of one branch of a sum",
        r"(?P<start>- add:\n +- conv\d-)\d+(?P<end>.*)",
        r"\g<start>40\g<end>",
        also=_JOIN,
    ),
    Kind(
        "branch of a vector",
        r"^(?P<branch> {6,}- conv\d-\d+)(?= -> (?!.*gmp))",
        r"\g<branch> -> gap",
        also=_JOIN,
    ),
    Kind(
        "shortcut without a body",
        r"^(?P<indent> +)- residual: .*\n(?P<rest> +shortcut)",
        r"\g<indent>- relu: {}\n\g<rest>",
        also="shortcut",
    ),
    Kind("unpadded body of a residual", r"(?P<start>residual: conv3-\d+)(?= )", r"\g<start>(padding=valid)"),
]

HEADS = [
    Kind(
        "head on an unknown tag",
        r"(?P<key>from: )(?P<tag>\w+)",
        r"\g<key>\g<tag>x",
        ("heads",),
        also=r"@{tag}\b",
    ),
    Kind("head's weight as text", r"(?P<key>loss_weight: )[\d.]+", r"\g<key>heavy", ("heads",)),
    Kind(
        "head without a network",
        r"(?P<at>^  \w+:\n)(?P<rest>(    .*\n)*?)    network: .*\n",
        r"\g<at>\g<rest>",
        ("heads",),
    ),
    Kind("head called output", r"^  \w+:$", "  output:", ("heads",)),
]

KINDS = [*INPUT, *EXPRESSIONS, *VARIABLES, *BLOCKS, *BRANCHES, *HEADS]
