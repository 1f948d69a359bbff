"""E4xx: the network is sound, and its data does not suit it or cannot be read."""

from netspec.diagnostics.rule import Rule

UNFIT_EXAMPLES = Rule(
    "E401",
    "unfit-examples",
    "The data's examples do not have the shape of the network's input.",
    "Axes, positions and channels have to agree with `input:`. Sources of images of any size scale them; arrays stay as "
    "they are. Token ids have to be whole numbers below `tokens`.",
    bad="netspec train vgg16 --data digits --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --dry-run",
    examples="command",
)
UNFIT_LABELS = Rule(
    "E402",
    "unfit-labels",
    "The data's labels do not suit the network's output or its loss.",
    "Class ids count from 0 and lie below the number of outputs; a network that gives a map wants a class at every "
    "position; targets of a regression have the output's shape. A run is judged by the classes that it learnt, under the "
    "same names in the same order.",
    bad="netspec train lenet5 --data 'digits(28)' --set classes=5 --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --set classes=10 --dry-run",
    examples="command",
)
MISSING_DATA = Rule(
    "E403",
    "missing-data",
    "A data set is not there, and cannot be fetched.",
    "A path that does not exist, an array or column that the file does not hold, an optional package that is not "
    "installed, or a download that failed. What was fetched so far is kept, and the next try goes on from there.",
    bad="netspec train lenet5 --data 'npz(\"nowhere.npz\")' --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --dry-run",
    examples="command",
)
UNREADABLE_DATA = Rule(
    "E404",
    "unreadable-data",
    "A data file is not what it should be.",
    "It is damaged, cut short, of another format, or larger than is allowed. Images that cannot be read are named; "
    "`image_folder(PATH, unreadable=skip)` leaves them out and counts them.",
    bad="netspec train lenet5 --data 'npz(\"photo.png\")' --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --dry-run",
    examples="command",
)
UNFIT_STEP = Rule(
    "E405",
    "unfit-transformation",
    "Preprocessing or augmentation cannot be done to these examples.",
    "Colours want 3 channels, turning and cutting want two spatial axes, and a list of numbers wants one a channel.",
    bad="netspec train lenet5 --data 'digits(28)' --augmentation color_jitter --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --augmentation 'rotation(10)' --dry-run",
    examples="command",
)
TOO_FEW_EXAMPLES = Rule(
    "E406",
    "too-few-examples",
    "There are fewer training examples than one batch takes, or none to judge by.",
    "Every batch has the same size, so a training set has to hold one at least. After each epoch the network is judged by "
    "a validation part, or else by the data's test part; one of them has to hold an example.",
    bad="netspec train lenet5 --data 'digits(28)' --batch 5000 --dry-run",
    good="netspec train lenet5 --data 'digits(28)' --batch 50 --dry-run",
    examples="command",
)
