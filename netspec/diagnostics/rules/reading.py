"""E0xx: the file cannot be read, or is not the YAML that netspec reads."""

from netspec.diagnostics.rule import Rule

UNREADABLE_FILE = Rule(
    "E001",
    "unreadable-file",
    "The file cannot be read.",
    "The path does not exist, is a directory or a pipe, or may not be read. A bundled spec is named without a "
    "folder (`vgg16`); `netspec list` prints them. Use `-` to read standard input.",
    bad="netspec check no_such_file.yaml",
    good="netspec check vgg16",
    examples="command",
)
NOT_TEXT = Rule(
    "E002",
    "not-text",
    "The file is not UTF-8 text.",
    "A spec is text in UTF-8. Bytes that are no UTF-8, and control characters, are refused before anything else "
    "is read: they come from another encoding or from a file that is no spec at all.",
    bad="netspec check photo.png",
    good="netspec check lenet5",
    examples="command",
)
YAML_SYNTAX = Rule(
    "E003",
    "yaml-syntax",
    "The file is not valid YAML.",
    "The text breaks YAML's own grammar: indentation that does not line up, a quote or bracket that is never "
    "closed, a colon where no key can stand. Nothing after that place can be understood.",
    bad='input: 8x8x1\nnetwork: "conv3-4 -> relu\n',
    good='input: 8x8x1\nnetwork: "conv3-4 -> relu"\n',
)
UNQUOTED_BRACKETS = Rule(
    "E004",
    "unquoted-brackets",
    "An arrow string that begins with `[` stands without quotes.",
    "To YAML a value that begins with `[` is a list that ends at the matching `]`; what follows, `*2` or `->`, is "
    "then an error. Put the arrow string in quotes, or into a block that starts with `|`.",
    bad="input: 8x8x1\nnetwork:\n  - [conv3-4 -> relu]*2 -> pool2\n",
    good='input: 8x8x1\nnetwork:\n  - "[conv3-4 -> relu]*2 -> pool2"\n',
)
TAB_INDENTATION = Rule(
    "E005",
    "tab-indentation",
    "A tab stands where YAML wants spaces.",
    "YAML does not allow tabs in indentation, since their width is a matter of taste. Use spaces.",
    bad="input: 8x8x1\nnetwork:\n\t- conv3-4\n",
    good="input: 8x8x1\nnetwork:\n  - conv3-4\n",
)
DUPLICATE_KEY = Rule(
    "E006",
    "duplicate-key",
    "A key stands twice in one mapping.",
    "Many YAML readers silently keep the last of two equal keys. netspec refuses the second: one of the two was "
    "meant to be something else.",
    bad="input: 8x8x1\ninput: 9x9x1\nnetwork: conv3-4\n",
    good="input: 8x8x1\nnetwork: conv3-4\n",
)
YAML_FEATURE = Rule(
    "E007",
    "yaml-feature",
    "A feature of YAML that specs do not use.",
    "Tags (`!!python/...`), merge keys (`<<`), keys that are lists or mappings, and several documents in one file "
    "are refused: a spec is one plain document. Variables and blocks do what merge keys are used for.",
    bad="input: 8x8x1\nnetwork: !!str conv3-4\n",
    good="input: 8x8x1\nnetwork: conv3-4\n",
)
UNKNOWN_ANCHOR = Rule(
    "E008",
    "unknown-anchor",
    "An alias has no anchor.",
    "`*name` stands for the value that `&name` marked earlier in the file. Here no finished value has that mark. "
    "An arrow string that begins with `*` needs quotes.",
    bad="input: *size\nnetwork: conv3-4\n",
    good='variables: {filters: &size 5}\ninput: 8x8x1\nnetwork:\n  - conv: {filters: *size, kernel: "{filters}"}\n',
)
LIMIT_EXCEEDED = Rule(
    "E009",
    "limit-exceeded",
    "The spec is larger than a limit allows.",
    "Specs are read from anywhere, so their size, their nesting, what aliases expand to and the number of layers "
    "that repeats unroll to are limited. The limits are far above real networks; where yours is larger, raise the "
    "one that is named: `--limit layers=1000000`.",
    bad='input: 8x8x1\nnetwork: "[relu]*1000000000"\n',
    good='input: 8x8x1\nnetwork: "[relu]*10"\n',
)
EMPTY_FILE = Rule(
    "E010",
    "empty-file",
    "There is nothing in the file.",
    "The file is empty or holds only comments. A spec needs `input` and `network`; `netspec new NAME --from lenet5` "
    "writes one to start from.",
    bad="# nothing but a comment\n",
    good="input: 8x8x1\nnetwork: conv3-4\n",
)
