"""E1xx: the YAML is sound, but it does not say a network."""

from netspec.diagnostics.rule import Rule

ARROW_SYNTAX = Rule(
    "E101",
    "arrow-syntax",
    "An arrow string breaks the notation.",
    "A chain is layers joined by `->` (in a `|` block a new line joins as well); a layer is "
    "`NAME[SIZE][-WIDTH][/STRIDE][(key=value, ...)][@TAG]`; a repeat is `[...]*N`.",
    bad="input: 8x8x1\nnetwork: conv3-4 -> -> relu\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> relu\n",
)
UNKNOWN_NAME = Rule(
    "E102",
    "unknown-name",
    "No layer or block has this name.",
    "`netspec layers` lists the layers; blocks are defined under `blocks:`. Names are read in any case.",
    bad="input: 8x8x1\nnetwork: cnov3-4 -> relu\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> relu\n",
)
UNKNOWN_FIELD = Rule(
    "E103",
    "unknown-field",
    "The layer, block or section has no such field.",
    "Fields are checked by name, so that a misspelt one does not silently keep its default. "
    "`netspec layers NAME` lists a layer's fields.",
    bad="input: 8x8x1\nnetwork: conv3-4(strid=2)\n",
    good="input: 8x8x1\nnetwork: conv3-4(stride=2)\n",
)
WRONG_VALUE = Rule(
    "E104",
    "wrong-value",
    "A value is of the wrong type or out of range.",
    "Types are strict: a whole number where one is wanted, true or false for a switch. YAML 1.2 is read, in which "
    "`yes`, `no`, `on` and `off` are text.",
    bad="input: 8x8x1\nnetwork: conv3-4(bias=no)\n",
    good="input: 8x8x1\nnetwork: conv3-4(bias=false)\n",
)
MISSING_FIELD = Rule(
    "E105",
    "missing-field",
    "A field without a default is not given.",
    "Some fields have no sensible default: the filters of a convolution, the units of a fully connected layer, the "
    "`input` of a spec.",
    bad="input: 8x8x1\nnetwork: conv3 -> relu\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> relu\n",
)
GIVEN_TWICE = Rule(
    "E106",
    "given-twice",
    "A field is given twice.",
    "`conv3-64(kernel=5)` says the kernel in the name and again in the brackets; only one of them can hold.",
    bad="input: 8x8x1\nnetwork: conv3-4(kernel=5)\n",
    good="input: 8x8x1\nnetwork: conv5-4\n",
)
UNKNOWN_KEY = Rule(
    "E107",
    "unknown-key",
    "A spec has no such key.",
    "The keys of a spec are `netspec`, `name`, `source`, `input`, `variables`, `variants`, `blocks`, `network`, "
    "`heads`, `budget`, `train` and `allow`.",
    bad="inputs: 8x8x1\nnetwork: conv3-4\n",
    good="input: 8x8x1\nnetwork: conv3-4\n",
)
UNKNOWN_VARIABLE = Rule(
    "E108",
    "unknown-variable",
    "An expression names a variable that does not exist.",
    "Inside `{...}` the names are the spec's `variables` and, in a block, its parameters.",
    bad="variables: {width: 4}\ninput: 8x8x1\nnetwork: conv3-{widht}\n",
    good="variables: {width: 4}\ninput: 8x8x1\nnetwork: conv3-{width}\n",
)
BAD_EXPRESSION = Rule(
    "E109",
    "bad-expression",
    "The text in `{...}` is not an expression.",
    "Expressions are numbers, variables, lists and indexing, `+ - * / // %`, min, max, round, ceil, floor and "
    "divisible(x, 8). No other code can run from a spec.",
    bad='input: 8x8x1\nnetwork: "conv3-{2**3}"\n',
    good='input: 8x8x1\nnetwork: "conv3-{2*4}"\n',
)
EXPRESSION_VALUE = Rule(
    "E110",
    "expression-value",
    "An expression cannot be computed.",
    "A division by zero, an index past the end of a list, a number past 2^63, or arithmetic on text.",
    bad='variables: {depth: [3, 4]}\ninput: 8x8x1\nnetwork: "conv3-{depth[2]}"\n',
    good='variables: {depth: [3, 4]}\ninput: 8x8x1\nnetwork: "conv3-{depth[1]}"\n',
)
UNKNOWN_VARIANT = Rule(
    "E111",
    "unknown-variant",
    "The spec has no such variant.",
    "`spec.yaml@NAME` picks one of the spec's `variants:`.",
    bad="netspec check resnet50@51",
    good="netspec check resnet50@101",
    examples="command",
)
UNKNOWN_TAG = Rule(
    "E112",
    "unknown-tag",
    "No value with this tag exists here.",
    "A tag names a value further up; `concat(TAG)`, `add(TAG)`, `multiply(TAG)`, `from(TAG)`, a head's `from:` and "
    "`share=TAG` use it. A tag inside a repeat or a block is seen only there.",
    bad="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> concat(b) -> add(a)\n",
    good="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> concat(a)\n",
)
DUPLICATE_NAME = Rule(
    "E113",
    "duplicate-name",
    "Two values have the same name.",
    "Names identify parameters, checkpoints and tags, so each stands for one value.",
    bad="input: 8x8x1\nnetwork: conv3-4 @a -> relu @a -> concat(a)\n",
    good="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> concat(a)\n",
)
RECURSIVE_BLOCK = Rule(
    "E114",
    "recursive-block",
    "A block calls itself.",
    "A block is unrolled where it is called; one that calls itself, directly or through others, would never end. "
    "Use a repeat.",
    bad="input: 8x8x1\nblocks:\n  again(): relu -> again()\nnetwork: again()\n",
    good='input: 8x8x1\nblocks:\n  again(): relu\nnetwork: "[again()]*3"\n',
)
BAD_BLOCK = Rule(
    "E115",
    "bad-block",
    "A block's heading cannot be read.",
    "A block is written `name(parameter, other=default): network`. Its name must not read as a layer, and its "
    "parameters are distinct names, those with defaults last.",
    bad="input: 8x8x1\nblocks:\n  conv3(width): relu\nnetwork: relu\n",
    good="input: 8x8x1\nblocks:\n  unit(width): conv3-{width}\nnetwork: unit(4)\n",
)
BAD_REPEAT = Rule(
    "E116",
    "bad-repeat",
    "A repeat's count is not a whole number from 0.",
    "`[...]*N` and `repeat: N` take a whole number, 0 included, or an expression that gives one.",
    bad='input: 8x8x1\nvariables: {n: 0}\nnetwork: "conv3-4 -> [relu]*{n-1}"\n',
    good='input: 8x8x1\nvariables: {n: 1}\nnetwork: "conv3-4 -> [relu]*{n-1}"\n',
)
UNKNOWN_VERSION = Rule(
    "E117",
    "unknown-version",
    "The spec asks for a version of the language that this netspec does not know.",
    "`netspec: 1` is the language's only version so far. A newer one would be read wrongly, so it is refused.",
    bad="netspec: 2\ninput: 8x8x1\nnetwork: relu\n",
    good="netspec: 1\ninput: 8x8x1\nnetwork: relu\n",
)
WRONG_STRUCTURE = Rule(
    "E118",
    "wrong-structure",
    "Something other than what belongs here.",
    "An entry of a network is an arrow string, or a mapping with one layer (`conv: {...}`), `residual`, `concat`, "
    "`add`, `multiply` or `repeat`, and perhaps a `tag`.",
    bad="input: 8x8x1\nnetwork:\n  - {conv: {filters: 4, kernel: 3}, relu: {}}\n",
    good="input: 8x8x1\nnetwork:\n  - conv: {filters: 4, kernel: 3}\n  - relu\n",
)
CANNOT_SHARE = Rule(
    "E119",
    "cannot-share",
    "A layer cannot take over the parameters of the other.",
    "`share=TAG` reuses the parameters of the tagged layer: both must be of one kind, with parameters of the same "
    "shapes.",
    bad="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> conv3-4(share=a)\n",
    good="input: 8x8x4\nnetwork: conv3-4 @a -> relu -> conv3-4(share=a)\n",
)
UNKNOWN_SETTING = Rule(
    "E120",
    "unknown-setting",
    "`--set` names nothing in this spec.",
    "`--set NAME=VALUE` sets one of the spec's `variables`, or with dots a key of it (`train.epochs=3`).",
    bad="netspec check resnet50 --set clases=10",
    good="netspec check resnet50 --set classes=10",
    examples="command",
)
