"""Wxxx: allowed, but probably not meant. Nxxx: worth knowing."""

from netspec.diagnostics.rule import Rule

UNUSED_TAG = Rule(
    "W101",
    "unused-tag",
    "Nothing uses this tag.",
    "A tag marks a value that is used further down. One that nothing uses is left over, or its use is misspelt. To "
    "name a layer and no more, write `@/name`, or `name:` in structured YAML.",
    bad="input: 8x8x1\nnetwork: conv3-4 @skip -> relu\n",
    good="input: 8x8x1\nnetwork: conv3-4 @skip -> relu -> add(skip)\n",
)
UNUSED_VARIABLE = Rule(
    "W102",
    "unused-variable",
    "Nothing uses this variable.",
    "A variable that no expression reads changes nothing when it is set; the same holds for a block's parameter.",
    bad="variables: {width: 4}\ninput: 8x8x1\nnetwork: conv3-4\n",
    good="variables: {width: 4}\ninput: 8x8x1\nnetwork: conv3-{width}\n",
)
UNUSED_BLOCK = Rule(
    "W103",
    "unused-block",
    "Nothing calls this block.",
    "The block is part of no network. Its names and fields are checked all the same, its shapes are not.",
    bad="input: 8x8x1\nblocks: {unit(): relu}\nnetwork: conv3-4\n",
    good="input: 8x8x1\nblocks: {unit(): relu}\nnetwork: conv3-4 -> unit()\n",
)
ROWS_NEVER_READ = Rule(
    "W201",
    "rows-never-read",
    "The stride leaves rows over that no output reads.",
    "(W - F + 2P)/S is not whole, and floor() drops the rest: AlexNet's 11x11 kernel at stride 4 fits 227 rows, not "
    "224. Another padding, kernel or input size uses all rows; if the loss is meant, `allow: [W201]` says so.",
    bad="input: 224x224x3\nnetwork: conv11-96/4(padding=0)\n",
    good="input: 227x227x3\nnetwork: conv11-96/4(padding=0)\n",
)
BIAS_BEFORE_BATCH_NORM = Rule(
    "W202",
    "bias-before-batch-norm",
    "A bias is asked for right before batch norm, which subtracts it again.",
    "Batch norm removes the mean of every channel, so a bias added before it changes nothing and still takes memory "
    "and time (Ioffe and Szegedy 2015, section 3.2).",
    bad="input: 8x8x1\nnetwork: conv3-4(bias=true) -> bn -> relu\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> bn -> relu\n",
)
EVEN_KERNEL_SAME = Rule(
    "W203",
    "even-kernel-same",
    "`same` padding of an even kernel is one more on one side.",
    "The map keeps its size but moves by half a step at every such layer, and frameworks disagree on the side.",
    bad="input: 8x8x1\nnetwork: conv4-4\n",
    good="input: 8x8x1\nnetwork: conv3-4\n",
)
VALUE_NEVER_USED = Rule(
    "W204",
    "value-never-used",
    "A value is computed and reaches no output.",
    "`from(TAG)` goes on from another value; what stood before it is lost unless a tag is used further down.",
    bad="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> conv3-8 -> from(a) -> pool2\n",
    good="input: 8x8x1\nnetwork: conv3-4 @a -> relu -> conv3-8 -> concat(a) -> pool2\n",
)
SUSPICIOUS_INPUT = Rule(
    "W205",
    "suspicious-input",
    "The input's sizes are probably in another order, or one is missing.",
    "Sizes are spatial first, channels last: `224x224x3`. A square `224x224` is read as 224 positions of 224 "
    "channels, and `3x224x224` as 3 rows of 224 columns.",
    bad="input: 28x28\nnetwork: conv3-4\n",
    good="input: 28x28x1\nnetwork: conv3-4\n",
)
LOSS_AFTER_SQUASHING = Rule(
    "W206",
    "loss-after-squashing",
    "The loss wants values without bounds, and the network ends in a softmax or sigmoid.",
    "`cross_entropy` takes the values before a softmax at the end, and `binary_cross_entropy` those before a sigmoid. "
    "Another such layer stays where it is: its values are taken for ones without bounds, and even the best of them cost "
    "much. `hinge` wants neither.",
    bad="input: 8x8x1\nnetwork: fc-10 -> softmax\ntrain: {loss: binary_cross_entropy}\n",
    good="input: 8x8x1\nnetwork: fc-10 -> softmax\ntrain: {loss: cross_entropy}\n",
)
BEYOND_LECTURE_GRAMMAR = Rule(
    "N301",
    "beyond-lecture-grammar",
    "The network goes beyond INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC.",
    "That is no fault: most networks since 2014 do. `--strict-grammar` makes it an error, for exercises. Dropout and "
    "a softmax at the end count as part of the grammar.",
    bad="input: 8x8x1\nnetwork: conv3-4 -> bn -> relu -> fc-10\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> relu -> fc-10\n",
)
MANY_CONVOLUTIONS = Rule(
    "N302",
    "many-convolutions",
    "More than three convolutions stand between two pools.",
    "The lectures: N >= 0, usually N <= 3.",
    bad='input: 8x8x1\nnetwork: "[conv3-4 -> relu]*4 -> pool2 -> fc-10"\n',
    good='input: 8x8x1\nnetwork: "[conv3-4 -> relu]*3 -> pool2 -> fc-10"\n',
)
MANY_FULLY_CONNECTED = Rule(
    "N303",
    "many-fully-connected",
    "Three or more fully connected layers stand before the last.",
    "The lectures: K >= 0, usually K < 3.",
    bad='input: 8x8x1\nnetwork: "[fc-16 -> relu]*3 -> fc-10"\n',
    good='input: 8x8x1\nnetwork: "[fc-16 -> relu]*2 -> fc-10"\n',
)
