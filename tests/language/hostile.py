"""Texts meant to do harm: to take all memory or time, to run code, or to end in a traceback."""

from itertools import pairwise

H = "input: 8x8x4\nnetwork: "
"""The head of a spec; what follows is its network."""

MANY = 100_000
_ENOUGH = 20_000
_BRACKETS = {"square": "[]", "curly": "{}", "round": "()"}


def quoted(text: str) -> str:
    """A spec of one arrow string in quotes."""
    return f'{H}"{text}"\n'


def growing(first: str, following: str, count: int, last: str) -> str:
    """Variables of which each is made of the one before: `following` says how, with its name for X."""
    lines = [f"  a{i}: {following.replace('X', f'a{i - 1}')}\n" for i in range(1, count)]
    return f"input: 8x8x4\nvariables:\n  a0: {first}\n{''.join(lines)}network: {last.replace('X', f'a{count - 1}')}\n"


def laughs(count: int) -> str:
    """Anchors of which each holds nine of the one before: the "billion laughs"."""
    names = [f"a{i}" for i in range(count)]
    lines = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(names)]
    return "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(lines)


def nested(open_close: str, count: int) -> str:
    """Brackets in brackets, as deep as `count`."""
    return open_close[0] * count + open_close[1] * count


def blocks(bodies: list[str]) -> str:
    """A spec whose block `b0` has the first body and so on; its network calls the last."""
    lines = [f"  b{i}(): {body}\n" for i, body in enumerate(bodies)]
    return f"input: 8x8x4\nblocks:\n{''.join(lines)}network: b{len(bodies) - 1}()\n"


def entries(entry: str, count: int) -> str:
    """A network with so many entries, each with its number for N."""
    return f"input: 8x8x4\nnetwork:\n{''.join(f'  - {entry}'.replace('N', str(i)) + chr(10) for i in range(count))}"


DEEP = {
    **{f"YAML, {name}": nested(pair, MANY) for name, pair in _BRACKETS.items()},
    **{f"YAML, {name}, not closed": pair[0] * MANY for name, pair in _BRACKETS.items()},
    **{f"arrows, {name}": quoted(nested(pair, MANY)) for name, pair in _BRACKETS.items()},
    **{f"arrows, {name}, not closed": quoted(pair[0] * MANY) for name, pair in _BRACKETS.items()},
    **{f"arrows, {name}, not opened": quoted("relu" + pair[1] * MANY) for name, pair in _BRACKETS.items()},
    **{f"argument, {name}": quoted(f"pad({nested(pair, MANY)})") for name, pair in _BRACKETS.items()},
    **{f"expression, {name}": quoted(f"pad({{{nested(pair, MANY)}}})") for name, pair in _BRACKETS.items()},
    "short expression": quoted(f"pad({{{nested('[]', 140)}}})"),
    "signs in an expression": quoted(f"pad({{{'-' * 290}1}})"),
    "sums in an expression": quoted(f"pad({{{'1+' * 140}1}})"),
    "dashes": "- " * MANY,
    "question marks": "? " * MANY,
    "lists in lists": "\n".join(f"{' ' * i}-" for i in range(1500)),
    "mappings in mappings": "\n".join(f"{' ' * i}a:" for i in range(1500)),
    "calls in calls": quoted("conv3-4(" * MANY),
    "optimizers in optimizers": f"{H}relu\ntrain:\n  optimizer: {'adam(' * 9000}{')' * 9000}\n",
    "blocks in blocks": blocks(["relu", *(f"b{i}()" for i in range(5000))]),
}

REPEATED = {
    "a billion": quoted("[relu]*1000000000"),
    "a billion as a key": f"{H}\n  - repeat: 1000000000\n    network: relu\n",
    "as many as digits can say": quoted(f"[relu]*{'9' * MANY}"),
    "repeats that multiply": quoted("[" * 6 + "relu" + "]*1000" * 6),
    "deep repeats that multiply": quoted("[" * 60 + "relu" + "]*9" * 60),
    "nothing, a billion times": quoted("[[relu]*0]*1000000000"),
    "nothing, in repeats that multiply": quoted("[[[relu]*0]*20000]*20000"),
    "blocks that multiply": blocks(["relu -> relu", *(f"b{i}() -> b{i}()" for i in range(59))]),
    "blocks of nothing that multiply": blocks(["[relu]*0", *(f"b{i}() -> b{i}()" for i in range(59))]),
    "channels that double": f"{H}\n  - repeat: 100\n    network:\n      - concat: [relu, relu]\n",
    "laughs": laughs(12),
    "laughs in mappings": laughs(12).replace("[", "[{a: ").replace("]", "}]").replace(", ", "}, {a: "),
    "laughs as a network": f"input: 8x8x1\n{laughs(5)}network: *a4\n",
    "alias of a list": f"variables: {{a: &a [{', '.join(['x'] * 99)}]}}\n{entries('*a', _ENOUGH)}",
    "lists that double, shown": growing("[1]", '"{[X, X]}"', 60, "pad({X})"),
    "lists that double, entry by entry": growing("[1]", '["{X}", "{X}"]', 60, "pad({X})"),
    "lists that double, as a count": growing("[1]", '"{[X, X]}"', 60, '"[relu]*{X}"'),
    "lists that double, as a name": growing("[1]", '"{[X, X]}"', 60, '"{X}"'),
    "lists that double, as a tag": growing("[1]", '"{[X, X]}"', 60, "relu @{X}"),
    "lists that double, as a tag's use": growing("[1]", '"{[X, X]}"', 60, "concat({X})"),
    "lists that double, as an input": growing("[1]", '"{[X, X]}"', 60, "relu").replace("8x8x4", '"{a9}"'),
}

MANY_FAULTS = {
    "unknown names": entries("nosuchN", MANY),
    "fewer unknown names": entries("nosuchN", _ENOUGH),
    "unknown names in one string": quoted(" -> ".join(f"nosuch{i}" for i in range(_ENOUGH))),
    "unknown variables": entries("conv3-{xN}", _ENOUGH),
    "unknown tags": quoted(" -> ".join(f"concat(a{i})" for i in range(_ENOUGH))),
    "one tag again and again": quoted(" -> ".join(["relu @a"] * _ENOUGH)),
    "unknown fields": quoted(f"conv3-4({', '.join(f'k{i}=1' for i in range(_ENOUGH))})"),
    "unknown keys": "".join(f"key{i}: 1\n" for i in range(MANY)),
    "one key again and again": "input: 8x8x1\n" * 50_000,
    "YAML tags": entries("!!str relu", 50_000),
    "broken arrow strings": entries("conv3-4 -> -> relu", _ENOUGH),
    "broken lines of one string": f"{H}|\n{'  conv3-4(a=1) -> -> relu' * _ENOUGH}\n",
    "layers without their fields": entries("{conv: {filter: 3}}", _ENOUGH),
    "wrong codes to allow": f"{H}relu\nallow: [{','.join(['X'] * 50_000)}]\n",
    "unused variables": f"{H}nosuch\nvariables:\n{''.join(f'  v{i}: 1{chr(10)}' for i in range(_ENOUGH))}",
    "unused blocks": f"{H}nosuch\nblocks:\n{''.join(f'  b{i}(): relu{chr(10)}' for i in range(_ENOUGH))}",
    "blocks that call each other": blocks([" -> ".join(f"b{j}()" for j in range(12))] * 12),
    "variables that cannot be computed": growing("x", '"{X+X}"', 5000, "pad({X})"),
}

LONG = {
    "layers": quoted(" -> ".join(["relu"] * 200_000)),
    "lines": f"{H}|\n{'  relu' * 200_000}",
    "name": H + "a" * 1_000_000,
    "name with numbers in it": H + "a1" * MANY,
    "tag": f"{H}relu @{'a' * 1_000_000} -> nosuch",
    "key": f"{'a' * 1_000_000}: 3\n",
    "key in quotes": f'"{"a" * 1_000_000}": 3\n',
    "variable": quoted(f"conv3-{{{'a' * 1_000_000}}}"),
    "sizes": f"{H}|\n  conv{'3x' * 500_000}3-4",
    "sizes in braces": f"{H}|\n  conv3-{'{1}x' * 300_000}",
    "input": f"input: {'x'.join(['2'] * MANY)}\nnetwork: relu\n",
    "arrows": f"{H}|\n  relu {'->' * 500_000}",
    "dashes": f"{H}|\n  relu {'-' * 500_000}",
    "stars": f"{H}|\n  relu {'*' * 500_000}",
    "quotes": f"{H}|\n  {chr(39) * 900_001}",
    "escaped quotes": f'{H}"{chr(92)}"' * 900_000,
    "escapes": f'{H}"{chr(92)}u2028' * 300_000,
    "spaces": f"{H}relu{' ' * 1_900_000}-> nosuch",
    "empty lines": "\n" * 1_900_000,
    "empty lines in a string": f"{H}|\n{chr(10) * 1_900_000}  nosuch\n",
    "comment": f"#{'x' * 1_900_000}\n",
    "comments in a string": f"{H}|\n{'  # x' + chr(10) * 200_000}  nosuch\n",
    "list of tags": f"{H}relu @a -> concat({', '.join(['a'] * MANY)}) -> nosuch\n",
    "table of connections": f"{H}conv3-4(connections=[{','.join(['[0,1,2,3]'] * _ENOUGH)}])\n",
    "padding": f"{H}conv3-4(padding=[{','.join(['1'] * 60_000)}])\n",
    "schedule": f"{H}relu\ntrain:\n  schedule: {' -> '.join(['cosine'] * _ENOUGH)}\n",
    "file": "a" * 3_000_000,
}
"""Things of a length that nobody writes."""

_RUN = 300_000

BACKTRACKED = {
    "spaces in a plain string": f"{H}relu{' ' * _RUN}-> nosuch",
    "spaces in quotes": f'{H}"relu{" " * _RUN}-> nosuch"',
    "spaces in a block": f"{H}|\n  relu{' ' * _RUN}nosuch\n  relu\n",
    "spaces in a folded block": f"{H}>\n  relu{' ' * _RUN}nosuch\n  relu\n",
    "spaces in an expression": f'{H}"conv3-{{{" " * _RUN}}}"',
    "spaces in a value": f"network: a{' ' * _RUN}b: c\n",
    "spaces in a quantity": f"{H}relu\nbudget: {{training_memory: '1GiB at batch{' ' * _RUN}y'}}",
    "tabs in quotes": f'{H}"relu{chr(9) * _RUN}-> nosuch"',
    "lines in quotes": f'{H}"relu{f"{chr(10)} " * _RUN}-> nosuch"',
    "lines in a plain string": f"{H}relu{f'{chr(10)} ' * _RUN}-> nosuch",
    "lines in arguments": f"{H}|\n  conv3-4(\n{f'  a,{chr(10)}' * (_RUN // 5)}  b()\n  )\n",
    "digits in a name": f"{H}a{'1' * _RUN}b",
    "sizes in a name": f"{H}a{'1x' * _RUN}b",
    "digits in a block's name": f"input: 8x8x4\nblocks: {{'a{'1' * _RUN}b()': relu}}\nnetwork: nosuch",
    "digits in a quantity": f"{H}relu\nbudget: {{params: {'1' * _RUN}y}}",
    "dots in a tag": f"{H}relu @a{'.' * _RUN}",
    "colons in a key": "a:" * _RUN,
    "colons and spaces": "a: " * _RUN,
    "brackets and spaces": f"network: [{'] ' * _RUN}x: y\n",
    "quotes and spaces": f"network: '{f' {chr(39)}' * _RUN}x: y\n",
    "anchors": f"network: {'&a ' * _RUN}relu",
}
"""Texts on which a careless pattern tries the same characters again and again."""

ODD = {
    "empty": ("", "E010"),
    "white space": ("   \n \n", "E010"),
    "comments": ("# a\n# b\n", "E010"),
    "start of a document": ("---\n", "E010"),
    "null": ("null\n", "E010"),
    "empty mapping": ("{}", "E105"),
    "empty list": ("[]", "E118"),
    "zero": ("input: 8x8x1\0\n", "E002"),
    "escape sequence": (f"{H}re\x1b[31mlu", "E002"),
    "noncharacter": (f"{H}\ufffe", "E002"),
    "half a character": (f"{H}\ud800", "E002"),
    "two marks": (f"\ufeff\ufeff{H}nosuch", "E003"),
    "mark in a word": (f"{H}re\ufefflu", "E101"),
    "line separator": ("input: 8x8x1\u2028network: nosuch\u2029", "E102"),
    "line separator in a string": (f"{H}|\n  conv3-4\u2028  nosuch\n", "E101"),
    "next line": ("input: 8x8x1\x85network: nosuch\x85", "E102"),
    "order of writing turned round": (f"{H}\u202erelu", "E101"),
    "emoji": (f"{H}\U0001f600", "E101"),
    "last character": (f"{H}\U0010ffff", "E101"),
    "wide letters": (f"{H}ｒｅｌｕ", "E101"),
    "letter that folds to another": (f"{H}\u212aonv3-4", "E101"),
    "foreign digit": (f"{H}conv3-٣", "E101"),
    "raised digit in an expression": (f"{H}conv3-{{²}}", "E109"),
    "escaped bell": (f'{H}"relu\\x07"', "E101"),
    "escaped zero": (f'{H}"\\0"', "E101"),
    "escaped escape sequence": (f'{H}"re\\e[31mlu"', "E101"),
    "escaped escape in a tag": (f'{H}"relu @\\e"', "E101"),
    "escaped escape in a key": ('"in\\x1bput": 3\n', "E107"),
    "escaped escape in a variable": (f'variables: {{"a\\e": 1}}\n{H}relu', "E104"),
    "escaped escape in a name": (f'name: "\\e[31m"\n{H}nosuch', "E102"),
    "escaped half a character": (f'{H}"\\ud800"', "E003"),
    "escaped beyond Unicode": (f'{H}"\\U00110000"', "E003"),
    "tabs": ("\t\t\n", "E005"),
    "many documents": ("---\n---\n", "E007"),
    "unknown directive": ("%NO\n---\na: b\n", "E003"),
    "version of YAML": ("%YAML 9.9\n---\na: b\n", "E003"),
    "directive of tags": ("%TAG ! tag:x,2000:\n---\ninput: !foo 8\n", "E007"),
    "call of Python": ("!!python/object/apply:os.system ['true']\n", "E007"),
    "name of Python": ("? !!python/name:os.system\n: x\n", "E007"),
    "key that is a list": ("? [a, b]\n: c\n", "E007"),
    "merge key": ("<<: {a: b}\n", "E007"),
    "anchor within itself": ("input: 8x8x1\nnetwork: &a [relu, *a]\n", "E008"),
    "anchor of the whole": ("&a {input: *a}", "E008"),
    "unknown anchor": ("input: *size\nnetwork: relu\n", "E008"),
    "power": (f"{H}conv3-{{9**9**9}}", "E109"),
    "class": (f"{H}conv3-{{().__class__}}", "E109"),
    "import": (f"{H}conv3-{{__import__('os')}}", "E109"),
    "lambda": (f'{H}"conv3-{{lambda: 1}}"', "E109"),
    "format": (f"{H}conv3-{{x!r:>{{y}}}}", "E101"),
    "call of a variable": (f"variables: {{a: 1}}\n{H}conv3-{{a(1)}}", "E109"),
    "infinite": (f"{H}conv3-{{1e400}}", "E110"),
    "not a number": (f"{H}conv3-{{1e308*10-1e308*10}}", "E110"),
    "round of infinity": (f"{H}conv3-{{round(1e400)}}", "E110"),
    "least of nothing": (f"{H}conv3-{{min([])}}", "E110"),
    "largest product": (f"{H}conv3-{{{'*'.join(['9223372036854775807'] * 9)}}}", "E110"),
    "list many times": (f"variables: {{a: [1, 2]}}\n{H}conv3-{{a*1000000000}}", "E110"),
    "text many times": (f"variables: {{a: xx}}\n{H}conv3-{{a*1000000000}}", "E110"),
    "index below zero": (f"variables: {{a: [1]}}\n{H}conv3-{{a[-1]}}", "E110"),
    "variable of itself": (f"variables: {{a: '{{a}}'}}\n{H}conv3-{{a}}", "E108"),
    "past 2^63": (f"{H}conv3-9223372036854775808", "E104"),
    "elements past 2^63": ("input: 4611686018427387904x8x1\nnetwork: relu", "E208"),
    "parameters past 2^63": (f"{H}fc-9223372036854775807", "E208"),
    "kernel near 2^63": (f"{H}conv9223372036854775807-4", "E208"),
    "padding near 2^63": (f"{H}pad(9223372036854775807)", "E208"),
    "scale near 2^63": (f"{H}upsample(9223372036854775807)", "E208"),
    "crop near 2^63": (f"{H}crop(9223372036854775807)", "E207"),
    "reshape near 2^63": (f"{H}reshape(9223372036854775807x9223372036854775807)", "E206"),
    "long number": (f"{H}conv3-{'9' * MANY}", "E104"),
    "long number as a size": (f"input: {'9' * MANY}x8x1\nnetwork: relu", "E104"),
    "long hexadecimal number": (f"{H}\n  - conv: {{filters: 0x{'f' * MANY}, kernel: 3}}\n", "E104"),
    "long fraction": (f"{H}dropout(0.{'9' * MANY})", "E104"),
    "large exponent": (f"{H}dropout(1e999999999)", "E104"),
    "long version": (f"netspec: {'9' * MANY}\n{H}relu", "E117"),
    "long count": (f"{H}relu\nbudget: {{params: {'9' * MANY}M}}\n", "E104"),
    "block that calls itself": ("input: 8x8x1\nblocks:\n  a(): relu -> a()\nnetwork: a()\n", "E114"),
    "blocks that call each other": (blocks(["b2()", "b0() -> b0()", "b1()"]), "E114"),
    "number as a network": (f"{H}3", "E101"),
    "mapping in a mapping": (f"{H}{{a: {{b: {{c: d}}}}}}", "E102"),
    "list of variables": (f"variables: [a, b]\n{H}relu", "E118"),
    "variant of text": (f"variants: {{a: b}}\n{H}relu", "E118"),
    "block without a network": (f"blocks: {{a(): }}\n{H}a()", "E118"),
    "head of a list": (f"heads: {{a: {{from: [x], network: relu}}}}\n{H}relu", "E104"),
    "training by a list": (f"train: [a]\n{H}relu", "E118"),
    "standard deviation of nothing": ("input: {shape: 8x8x1, std: 0}\nnetwork: relu", "E104"),
    "mean of infinity": ("input: {shape: 8x8x1, mean: .inf}\nnetwork: relu", "E104"),
    "parameters of the input": (f"{H}conv3-4(share=input)", "E119"),
    "two names for one value": (f"{H}\n  - {{relu: , tag: a, name: b}}\n", "E106"),
}
"""Small texts with the code that each gets."""
