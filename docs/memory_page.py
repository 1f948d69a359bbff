"""Writes the page on memory, with predictions beside what XLA says: `python docs/memory_page.py`."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from netspec.analysis.memory import EXECUTION, inference, training
from netspec.analysis.settings import Settings
from netspec.graph.node import Graph
from netspec.network import load

HERE: Final = Path(__file__).parent
GOLDEN: Final = HERE.parent / "tests" / "golden" / "xla_memory.json"
WHOLE: Final = "inference without YNNPACK"

_TEXT: Final = """\
# Memory

`netspec analyze` predicts the peak memory of inference and of a training step before anything runs, and `netspec fit` finds
the largest batch, resolution or width whose prediction stays within a limit. The prediction is computed from the network
alone, in exact integers. Its rules were read off XLA's own plans; no number in them is fitted.

## What is assumed

Every prediction names its model of execution:

> {execution}

In words: forward pass, softmax cross-entropy, backward pass and update are one compiled function in plain JAX, in which a
convolution is a convolution of XLA's; parameters, statistics and the optimizer's values are donated, so that new ones are
written over the old ones; nothing is computed twice to save memory.

On other devices the prediction is a guide: there XLA orders and fuses operations in other ways, and libraries ask for work
space of their own. For 16-bit numbers it holds for a device that computes in them; a CPU widens them to 32 bits and needs
about as much as for `float32`.

## The lines

| line | holds |
|---|---|
| parameters | weights and biases, trained or not |
| statistics | running means and variances of batch norm |
| gradients | gradients of parameters, or copies of parameters in whose place gradients are written |
| optimizer | what the optimizer keeps from step to step: nothing, one or two values for each trained one |
| input | one batch of inputs; in training its labels too |
| saved activations | at the peak: what the forward pass made and the backward pass will read |
| scratch | at the peak: everything else, such as index maps, turned kernels, gradients of activations |
| in place of others | the part of gradients, saved activations and scratch that lies in the place of donated parameters; it is taken off |
| activations | of inference: the most that is stored at one time between input and outputs |
| outputs | the loss, or at inference the network's outputs |

The total is the sum of the lines. `peak_at` names the layer that was writing when most was stored, `saved` has what is kept
of each layer over the whole step. A layer of your own that does not say what it stores is named in `unknown`, and counted
as storing its output and keeping its inputs, which may be too little.

## How it is computed

Each layer is lowered to the operations that XLA compiles it to, as far as they store an array:

- **Number by number.** ReLU, a bias, batch norm's last step or a residual sum are computed by whoever reads them, from the
  arrays before them; they are stored only for a reader that needs an array: a convolution, a matrix product, a sum, a pool.
  Results of exp, tanh and erf are stored, since computing them twice is dear.
- **Convolutions.** The kernel's gradient reads the input with its channels brought to the front, and that copy is made as
  soon as the input is there. The input's gradient reads a turned copy of the kernel. A kernel that the backward pass reads
  is copied at the start, because the update writes over it. A depthwise kernel's gradient is first computed for all pairs
  of channels.
- **Max pooling.** Its gradient goes to the place of each window's winner. XLA finds it with index maps, one for every axis
  and each as large as the padded input, which are made before anything else; and it scatters into zeros, made at the start.
- **Batch norm** keeps its input, the distance from the mean and the normalized value, since its sums read arrays.
- **Dropout** keeps two random 32-bit integers for each value.

These operations run in waves, as XLA's scheduler has them: each in the first wave in which everything that it reads is
there. An array lives from the wave that makes it to the last wave that reads it. In each wave the largest arrays that fit
take the place of parameters which were copied. The wave in which most is left is the peak.

## Predicted and measured

XLA's figure is `memory_analysis()` of the compiled step: arguments + outputs + temporaries - aliases, with JAX {jax} on a
CPU. `python tests/peers/measure_memory.py` asks it again. Sizes are in MB (10^6 bytes), numbers in `float32`; the first
table trains with momentum.

{summary}

| network | batch | training: XLA | predicted | ratio | inference: XLA | predicted | ratio |
|---|--:|--:|--:|--:|--:|--:|--:|
{rows}

| network | optimizer | batch | training: XLA | predicted | ratio |
|---|---|--:|--:|--:|--:|
{more}

(1) XLA hands the whole chain to YNNPACK in one call, and does not count the arrays in there. Its figure here is of the same
inference compiled without YNNPACK.

(2) XLA gives YNNPACK constants (the zero of a ReLU, the half of a GELU) and the values of erf as arrays as large as a map,
which the prediction does not count.

Where a prediction is too small otherwise, XLA's arrays leave gaps between them: the temporaries of GoogLeNet's training
take 7 % more than the most that lives at one time. Where it is too large, operations of one wave that are counted together
run one after another.
"""


@cache
def _graph(target: str) -> Graph:
    name, *settings = target.split()
    return load(name, set=dict(text.split("=", 1) for text in settings)).graph


def _measured(case: dict[str, Any]) -> int:
    held = case["arguments_bytes"] + case["outputs_bytes"] + case["temporaries_bytes"]
    return int(held - case["aliased_bytes"])


def _predicted(case: dict[str, Any]) -> int:
    if case["mode"].startswith("inference"):
        return inference(_graph(case["spec"]), Settings(case["batch"])).total_bytes
    return training(_graph(case["spec"]), Settings(case["batch"], optimizer=case["mode"])).total_bytes


def _ratio(case: dict[str, Any]) -> float:
    return _predicted(case) / _measured(case)


def _cells(case: dict[str, Any], note: str = "") -> str:
    measured, predicted = (f"{number / 10**6:,.1f}" for number in (_measured(case), _predicted(case)))
    return f"{measured}{note} | {predicted} | {_ratio(case):.3f}"


def _by_key(cases: list[dict[str, Any]]) -> dict[tuple[str, int, str], dict[str, Any]]:
    return {(case["spec"], case["batch"], case["mode"]): case for case in cases}


def _rows(cases: list[dict[str, Any]]) -> Iterator[str]:
    """Training and inference of a network at a batch, side by side."""
    by_key = _by_key(cases)
    for (spec, batch, mode), case in by_key.items():
        if mode == "inference":
            seen, note = _seen(case, by_key[spec, batch, WHOLE])
            yield f"| {spec} | {batch} | {_cells(by_key[spec, batch, 'momentum'])} | {_cells(seen, note)} |"


def _seen(case: dict[str, Any], whole: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The case to compare with, and the number of its note."""
    if case["hidden_bytes"] > case["temporaries_bytes"]:
        return whole, " (1)"
    return case, "" if abs(_ratio(case) - 1) < 0.1 else " (2)"


def _more(cases: list[dict[str, Any]]) -> Iterator[str]:
    """Other optimizers and variants."""
    paired = {(case["spec"], case["batch"]) for case in cases if case["mode"] == "inference"}
    for case in cases:
        if case["mode"] == "momentum" and (case["spec"], case["batch"]) in paired:
            continue
        if not case["mode"].startswith("inference"):
            yield f"| {case['spec']} | {case['mode']} | {case['batch']} | {_cells(case)} |"


def _summary(cases: list[dict[str, Any]]) -> str:
    trained = [case for case in cases if not case["mode"].startswith("inference")]
    networks = {case["spec"].split()[0].partition("@")[0] for case in trained}
    low, high = min(trained, key=_ratio), max(trained, key=_ratio)
    close = sum(abs(_ratio(case) - 1) < 0.02 for case in trained)
    by_key = _by_key(cases)
    seen = [
        _seen(case, by_key[spec, batch, WHOLE])[0]
        for (spec, batch, mode), case in by_key.items()
        if mode == "inference"
    ]
    least, most = min(seen, key=_ratio), max(seen, key=_ratio)
    near = sum(abs(_ratio(case) - 1) < 0.1 for case in seen)
    return (
        f"- **Training:** {len(trained)} steps of {len(networks)} networks. Predictions are off by {_off(low)} to\n"
        f"  {_off(high)}; {close} are within 2 %.\n"
        f"- **Inference:** {len(seen)} cases. Predictions are off by {_off(least)} to\n"
        f"  {_off(most)}; {near} are within 10 %, the others have note (2)."
    )


def _off(case: dict[str, Any]) -> str:
    return f"{100 * (_ratio(case) - 1):+.1f} % ({case['spec']} at batch {case['batch']})"


def _lines(found: Iterable[str]) -> str:
    return "\n".join(found)


def memory() -> str:
    """The page."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    cases = golden["cases"]
    return _TEXT.format(
        execution=EXECUTION,
        jax=golden["jax"],
        summary=_summary(cases),
        rows=_lines(_rows(cases)),
        more=_lines(_more(cases)),
    )


if __name__ == "__main__":
    (HERE / "memory.md").write_text(memory(), encoding="utf-8")
