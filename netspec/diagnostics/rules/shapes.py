"""E2xx: each layer is well said, but the shapes do not fit together."""

from netspec.diagnostics.rule import Rule

WRONG_RANK = Rule(
    "E201",
    "wrong-rank",
    "The input has another number of axes than the layer works on.",
    "A map has spatial axes and channels: `56x300` is 1-D, `224x224x3` 2-D, `16x112x112x3` 3-D. After fc, flatten or "
    "global pooling a vector is left, on which nothing can slide. Sizes by axis must name every spatial axis.",
    bad="input: 8x8x1\nnetwork: fc-10 -> conv3-4\n",
    good="input: 8x8x1\nnetwork: conv3-4 -> fc-10\n",
)
TOKENS_WHERE_NUMBERS = Rule(
    "E202",
    "tokens-where-numbers",
    "Token ids stand where numbers are wanted, or the other way round.",
    "An input with `tokens:` holds ids, which only `embed` reads; it turns them into vectors.",
    bad="input: {shape: 56, tokens: 20000}\nnetwork: conv3-100 -> relu\n",
    good="input: {shape: 56, tokens: 20000}\nnetwork: embed-300 -> conv3-100 -> relu\n",
)
WINDOW_TOO_LARGE = Rule(
    "E203",
    "window-too-large",
    "A kernel or pooling window is larger than its padded input.",
    "floor((W - F + 2P)/S) + 1 would be zero or less: there is no position at which the window lies inside the map. "
    "Usually the map has been pooled once too often before this point, or padding is missing.",
    bad="input: 8x8x1\nnetwork: pool4 -> conv5-4(padding=valid)\n",
    good="input: 8x8x1\nnetwork: pool4 -> conv5-4(padding=same)\n",
)
SHAPES_DISAGREE = Rule(
    "E204",
    "shapes-disagree",
    "Values that are merged have shapes that do not match.",
    "add wants equal shapes; multiply allows 1x1 maps beside full ones; concat wants equal spatial sizes and joins "
    "the channels (`crop=true` crops the larger to the centre).",
    bad="input: 8x8x1\nnetwork: conv3-4 @a -> conv3-8 -> add(a)\n",
    good="input: 8x8x1\nnetwork: conv3-4 @a -> conv3-4 -> add(a)\n",
)
NOT_DIVISIBLE = Rule(
    "E205",
    "not-divisible",
    "Channels cannot be divided into equal groups.",
    "Grouped convolutions, group norm, maxout, channel shuffle and pixel shuffle split the channels into groups of "
    "the same size.",
    bad="input: 8x8x6\nnetwork: conv3-8(groups=4)\n",
    good="input: 8x8x6\nnetwork: conv3-8(groups=2)\n",
)
BAD_RESHAPE = Rule(
    "E206",
    "bad-reshape",
    "The new shape holds another number of values.",
    "A reshape only reads the same values in another shape, so the products of the sizes agree.",
    bad="input: 8x8x1\nnetwork: reshape(4x4x8)\n",
    good="input: 8x8x1\nnetwork: reshape(4x4x4)\n",
)
NOTHING_LEFT = Rule(
    "E207",
    "nothing-left",
    "A crop takes away the whole map.",
    "Cropping removes rows on each side; at least one must be left.",
    bad="input: 8x8x1\nnetwork: crop(4)\n",
    good="input: 8x8x1\nnetwork: crop(2)\n",
)
TOO_LARGE = Rule(
    "E208",
    "too-large",
    "A value or a parameter would have 2^63 elements or more.",
    "No framework can hold such an array; a number is mistyped.",
    bad="input: 8x8x4611686018427387904\nnetwork: relu\n",
    good="input: 8x8x4\nnetwork: relu\n",
)
NO_SHORTCUT = Rule(
    "E209",
    "no-shortcut",
    "The shortcut of a residual cannot reach the shape of its body.",
    "`shortcut: auto` is the identity where the shapes agree, else a 1x1 convolution with the stride that takes the "
    "input's size to the body's; `pad` only shrinks maps and adds channels. Where no such stride exists, write the "
    "shortcut as a network.",
    bad="input: 8x8x4\nnetwork:\n  - residual: conv3-4(padding=valid)\n",
    good="input: 8x8x4\nnetwork:\n  - residual: conv3-4\n",
)
BAD_CONNECTIONS = Rule(
    "E210",
    "bad-connections",
    "A table of connections does not fit the convolution.",
    "`connections` lists for each filter the input channels it sees, counted from 0 (LeNet-5's table I).",
    bad="input: 8x8x2\nnetwork: conv3-2(connections=[[0, 1], [2]])\n",
    good="input: 8x8x2\nnetwork: conv3-2(connections=[[0, 1], [1]])\n",
)
PADDING_TOO_LARGE = Rule(
    "E211",
    "padding-too-large",
    "The padding is larger than the window or the map allows.",
    "A pooling window that lay wholly in the padding would have no value to take the largest or the mean of, so a "
    "pool pads half its window at most. A reflection needs as many rows to mirror, besides the one at the edge.",
    bad="input: 8x8x1\nnetwork: pool3/2(padding=2)\n",
    good="input: 8x8x1\nnetwork: pool3/2(padding=1)\n",
)
