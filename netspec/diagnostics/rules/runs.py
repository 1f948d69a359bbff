"""E5xx: a run cannot begin, go on or be read."""

from netspec.diagnostics.rule import Rule

NO_RUN = Rule(
    "E501",
    "no-run",
    "There is no such run, or it holds no checkpoint yet.",
    "A run is a folder that `netspec train` made, by custom `runs/NAME`. `netspec runs` lists them.",
    bad="netspec evaluate runs/nothing",
    good="netspec runs",
    examples="command",
)
DAMAGED_RUN = Rule(
    "E502",
    "damaged-run",
    "A checkpoint or another file of a run is damaged.",
    "Each checkpoint carries the SHA-256 of what it holds. One that was cut short or altered is refused; the one before "
    "it can be used instead.",
    bad="A checkpoint in which one byte was changed.",
    good="The checkpoint as it was written.",
    examples="situation",
)
CANNOT_SAVE = Rule(
    "E503",
    "cannot-save",
    "The run's folder cannot be written.",
    "The disk is full, or the folder may not be written. Checkpoints are written aside and then renamed, so the last "
    "good one is still there, and `netspec resume` goes on from it once there is room.",
    bad="A checkpoint of 3 GB onto a disk with 1 GB left.",
    good="The same checkpoint onto a disk with room for two.",
    examples="situation",
)
CHANGED_SPEC = Rule(
    "E504",
    "changed-run",
    "A run is to go on with another spec, other data or other weights than it began with.",
    "A run goes on bit for bit only with what it began with. Only its length may change, with `--epochs` or `--steps`; "
    "for anything else begin a new run.",
    bad="A run that goes on after its spec.yaml was edited.",
    good="A new run of the edited spec.",
    examples="situation",
)
NOT_FINITE = Rule(
    "E505",
    "not-finite",
    "The loss became infinite or no number.",
    "Nothing that is learnt after that makes sense, so the run stops before the step. Most often the rate is too high; a "
    "smaller one, warm-up, `clip`, or normalization layers help. The layer where it first showed is named.",
    bad="`--optimizer 'sgd(1e30)'`: the first step makes weights of about 1e28, and the next loss is infinite.",
    good="The same run with `--optimizer 'sgd(0.1)'`.",
    examples="situation",
)
EXISTING_RUN = Rule(
    "E506",
    "existing-run",
    "There is a run of that name.",
    "A run is never written over. Another `--name` begins a new one; `netspec resume` goes on with the old one.",
    bad="A second `netspec train lenet5 --name first`.",
    good="netspec train lenet5 --name second",
    examples="situation",
)
UNREADABLE_INPUT = Rule(
    "E507",
    "unreadable-input",
    "Something that a prediction was asked for is not an example of the network's input.",
    "Images of any size are scaled; arrays in `.npy` files have the input's shape, or one example on each place of a "
    "first axis more.",
    bad="netspec predict RUN notes.txt",
    good="netspec predict RUN photo.png",
    examples="situation",
)
OUT_OF_MEMORY = Rule(
    "E508",
    "out-of-memory",
    "A step does not fit into memory.",
    "`netspec fit SPEC --memory SIZE` predicts the largest batch that does, before anything runs. A batch can also be "
    "computed in parts, `accumulate`, with the same result but for batch norm and dropout.",
    bad="A batch of 4096 images for VGG-16 on a machine with 16 GB.",
    good="The same with `--set train.accumulate=64`.",
    examples="situation",
)
