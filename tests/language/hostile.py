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

HARMFUL = {
    f"{group}: {name}": text
    for group, texts in (("deep", DEEP), ("repeated", REPEATED), ("faults", MANY_FAULTS), ("long", LONG))
    for name, text in texts.items()
}
"""Texts that take care to refuse in little time and memory."""
