"""A run as it is watched: plain lines, the screen of a terminal, and the end."""

import re
from collections.abc import Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from made_runs import HOSTILE, RUN, STARTED, events, finished, progress, rows
from rich.console import Console

from netspec.render.training import Watcher
from netspec.render.training_live import Now, screen
from netspec.training.events import EpochDone, Event, Note, Progress


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def shown(
    told: Iterable[Event],
    *,
    terminal: bool = False,
    clock: Clock | None = None,
    width: int = 80,
    **options: bool,
) -> str:
    """What a watcher writes about these events."""
    file = StringIO()
    console = Console(
        file=file, force_terminal=terminal, width=width, color_system="truecolor" if terminal else None
    )
    with Watcher(console, clock=clock or Clock(), **options) as watch:
        for event in told:
            watch(event)
    return file.getvalue()


def table(text: str) -> list[list[str]]:
    """The cells of the lines of epochs."""
    return [
        line.replace(" %", "%").replace(" s", "s").split()
        for line in text.splitlines()
        if line[:5].strip().isdigit()
    ]


# -- plain lines -------------------------------------------------------------------------------------------------------


def test_piped_output_is_plain() -> None:
    """What does not go to a terminal has no escape codes, no carriage returns, and no more lines than it needs."""
    text = shown(events())
    assert "\x1b" not in text
    assert "\r" not in text
    assert len(text.splitlines()) == 6 + 1 + 2 + 12 + 1 + 8


def test_the_header_says_what_runs() -> None:
    """Network, data, examples, batch, length, parameters, device and folder stand above everything."""
    head = "\n".join(shown(events()).splitlines()[:6])
    for said in (
        "LeNet-5 on mnist",
        "61,706",
        "60,000 for training, 10,000 for test",
        "12 epochs of 469 steps, 128 examples a step",
        "TFRT_CPU_0; holds all examples",
        "runs/lenet5-1",
    ):
        assert said in head


def test_devices_and_length_in_other_cases() -> None:
    """Several devices, examples that come batch by batch, an epoch cut short, and a run that goes on."""
    other = replace(
        STARTED, devices=tuple(f"GPU_{i}" for i in range(8)), resident=False, steps=1_000, step=469, run=None
    )
    head = shown([other])
    assert "8, GPU_0 to GPU_7; gets the examples batch by batch" in head
    assert "1,000 steps, 469 an epoch, 128 examples a step; goes on after step 469" in head
    assert "folder" not in head


def test_lines_of_epochs_hold_the_numbers_given() -> None:
    """Each epoch is a line of its metrics, rate and time in aligned columns, the best so far marked."""
    text = shown(events())
    found = table(text)
    assert found[0] == ["1", "0.2734", "91.34%", "0.1211", "96.02%", "0.0008", "3.0s", "best"]
    assert [line[0] for line in found] == [str(i) for i in range(1, 13)]
    assert ["best" in line for line in found] == [row.best for row in rows()]
    for line, row in zip(found, rows(), strict=True):
        assert float(line[1]) == pytest.approx(row.metrics["train_loss"], abs=5e-5)
        assert float(line[4].rstrip("%")) == pytest.approx(100 * row.metrics["accuracy"], abs=5e-3)
    lines = [line.removesuffix(" best") for line in text.splitlines() if line[:5].strip().isdigit()]
    assert len({len(line) for line in lines}) == 1


def test_columns_are_those_that_make_sense() -> None:
    """A regression has no accuracy; a run with top-5 accuracy fits into 80 columns."""
    row = rows(1)[0]
    regression = EpochDone(
        1, 469, {"train_loss": 0.5, "loss": 0.25}, 0.01, best=True, seconds=70, examples_per_second=9
    )
    text = shown([STARTED, regression])
    assert "accuracy" not in text
    assert table(text) == [["1", "0.5000", "0.2500", "0.01", "1:10", "min", "best"]]
    five = {**row.metrics, "top5_accuracy": 1.0}
    text = shown([STARTED, EpochDone(1, 469, five, 1.234e-05, best=True, seconds=3, examples_per_second=9)])
    assert "100.00 %" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_long_epoch_says_how_far_it_is() -> None:
    """Piped, a line of progress comes when ten seconds have passed without one, and not before."""
    clock = Clock()
    file = StringIO()
    said = []
    with Watcher(Console(file=file, width=80), clock=clock) as watch:
        watch(STARTED)
        for i in range(1, 31):
            clock.now += 1
            watch(progress(10 * i, 1))
            said.append(file.getvalue().count("..."))
    assert said == [i // 10 for i in range(1, 31)]
    assert "step 100 of 5,628  loss 0.2734  accuracy 97.00 %  41,233 examples/s  812.3 MB" in file.getvalue()
    assert "epoch 1  step 200" in file.getvalue()


def test_saved_checkpoints_are_not_told_and_notes_are() -> None:
    """A checkpoint makes no line; a note makes one."""
    assert "checkpoints" not in shown(events())
    assert "note: 3 images were left out\n" in shown([STARTED, Note("3 images were left out")])


def test_hostile_names_do_not_steer_the_terminal() -> None:
    """Names of networks, data, devices, folders and notes come out with unseen characters as escapes, brackets as such."""
    evil = f"[bold]{HOSTILE}"
    told = replace(STARTED, name=evil, data=evil, run=Path(evil), devices=(evil,), watched=evil)
    text = shown([told, Note(evil), *list(events())[1:-1], finished(run=Path(evil))])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("[bold]") >= 6


# -- the end -----------------------------------------------------------------------------------------------------------


def test_the_end_says_how_good_and_where() -> None:
    """The best epoch with its metrics, what the run ends with, its time, its folder, its report and the next commands."""
    end = shown([STARTED, finished()], quiet=True)
    assert end.splitlines() == [
        "Done in 34 s.",
        "  best epoch  9: test loss 0.0318, test accuracy 99.12 %",
        "  at the end  test loss 0.0338, test accuracy 99.19 %",
        "",
        "  results     runs/lenet5-1",
        "  report      runs/lenet5-1/report.html",
        "  next        netspec evaluate runs/lenet5-1",
        "              netspec predict runs/lenet5-1 image.png",
    ]


@pytest.mark.parametrize(("width", "lines"), [(100, 1), (80, 2), (60, 2), (44, 3)])
def test_metrics_that_are_too_many_for_a_line_go_on_in_another(width: int, lines: int) -> None:
    """Between two of them, below the first one; a metric and its value stay together."""
    metrics = {"loss": 0.0318, "accuracy": 0.9912, "top5_accuracy": 1.0}
    end = shown([STARTED, replace(finished(), best=metrics, metrics=metrics)], quiet=True, width=width)
    told = end.splitlines()[1 : 1 + lines]
    assert told[0].startswith("  best epoch  9: test loss 0.0318,")
    assert all(line.startswith(" " * 14 + "test ") for line in told[1:])
    assert max(map(len, told)) <= width
    whole = "  best epoch  9: test loss 0.0318, test accuracy 99.12 %, test top-5 accuracy 100.00 %"
    assert " ".join(line.strip() for line in told) == whole.strip()


def test_what_predicts_is_a_file_that_the_network_takes() -> None:
    """Values that are no image come from a file of numbers."""
    end = shown([replace(STARTED, images=False), finished()], quiet=True)
    assert "netspec predict runs/lenet5-1 examples.npy" in end
    assert "image.png" not in end


def test_the_end_is_said_once_where_the_last_epoch_is_the_best() -> None:
    """The same metrics are not told twice."""
    assert "at the end" not in shown([STARTED, replace(finished(), metrics=finished().best)])


@pytest.mark.parametrize(
    ("reason", "run", "said"),
    [
        ("interrupted", RUN, "Interrupted at step 1,204 of 5,628, after 34 s. All of it is saved."),
        ("interrupted", None, "Nothing of it is kept."),
        ("stopped early", RUN, "Stopped early at step 1,204 of 5,628"),
    ],
)
def test_other_ends(reason: str, run: Path | None, said: str) -> None:
    """An interrupted run says how it goes on, if it was kept; one that stopped early says by what."""
    text = shown([STARTED, finished(reason, run, 1_204)])
    assert said in text
    assert ("netspec resume runs/lenet5-1" in text) is (reason == "interrupted" and run is not None)
    assert ("results" in text) is (run is not None)


def test_commands_are_quoted_for_the_shell() -> None:
    """A folder with a blank in its name can be copied with the command."""
    assert "netspec evaluate 'my runs/a b'" in shown([STARTED, finished(run=Path("my runs/a b"))])


def test_quiet_says_the_end_alone() -> None:
    """With `quiet` there is no header and no epoch, on a terminal neither."""
    assert shown(events(), quiet=True).startswith("Done in 34 s.")
    assert "epoch " not in shown(events(), quiet=True, terminal=True).replace("best epoch ", "")


# -- a terminal --------------------------------------------------------------------------------------------------------


def seen(now: Now, width: int = 80) -> list[str]:
    """The lines of the changing part of the screen."""
    console = Console(
        file=StringIO(), width=width, color_system=None, force_terminal=True, legacy_windows=False
    )
    with console.capture() as capture:
        console.print(screen(now, width))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_terminal_gets_what_stays_and_its_cursor_back() -> None:
    """The same lines stay as in plain output; at the end the bars are wiped away and the cursor is shown again."""
    text = shown(events(), terminal=True)
    assert "\x1b[?25l" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert text[text.rindex("whole run") : text.rindex("Done in")].count("\x1b[2K") >= 3
    for line in shown(events()).splitlines():
        assert line.removesuffix(" best").strip() in text


def test_a_fault_gives_the_terminal_back() -> None:
    """Where the run ends with an exception, the screen ends too and the exception goes on."""
    file = StringIO()

    def fail() -> None:
        with Watcher(Console(file=file, force_terminal=True)) as watch:
            watch(STARTED)
            raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        fail()
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")


def test_plain_on_a_terminal_moves_nothing() -> None:
    """With `plain` a terminal gets lines and no cursor is moved."""
    text = shown(events(), terminal=True, plain=True)
    assert "\x1b[?25l" not in text
    assert "\x1b[1A" not in text


def test_the_screen_before_the_first_step() -> None:
    """It says that the step is compiled, and for how long."""
    clock = Clock()
    now = Now(STARTED, clock)
    clock.now += 4.2
    lines = seen(now)
    assert lines[0].startswith("epoch 1 of 12")
    assert lines[0].endswith("0 %")
    assert lines[2] == "step 0 of 5,628  compiling the first step, 4.2 s"


def test_the_screen_says_how_far_the_run_is() -> None:
    """Steps of the epoch and of the run in percent, the time left at the mean pace, and the last values."""
    clock = Clock()
    now = Now(STARTED, clock)
    clock.now += 50  # compiling, which is not counted
    now.see(progress(100, 1, None))
    assert now.seconds_left is None
    clock.now += 10
    now.see(progress(200, 1))
    assert now.seconds_left == pytest.approx((5_628 - 200) * 0.1)
    clock.now += 3
    assert now.seconds_left == pytest.approx((5_628 - 200) * 0.1 - 3)
    epoch, run, values = seen(now)
    assert epoch.endswith("42 %")
    assert run.endswith("3 % 9:00 min left")
    assert values == "step 200 of 5,628  loss 0.2734  accuracy 97.00 %  41,233 examples/s  812.3 MB"


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (80, "loss accuracy loss accuracy top 5 rate time"),
        (79, "loss accuracy loss accuracy top 5 time"),
        (60, "loss accuracy loss accuracy time"),
        (40, "loss accuracy time"),
    ],
)
def test_a_narrow_terminal_has_fewer_columns(width: int, columns: str) -> None:
    """No line of epochs is broken; what says least is left out first, and what is piped has everything."""
    five = {**rows(1)[0].metrics, "top5_accuracy": 1.0}
    told = [STARTED, EpochDone(1, 469, five, 1.234e-05, best=True, seconds=3, examples_per_second=9)]
    lines = shown(told, terminal=True, plain=True, width=width).splitlines()
    head = next(i for i, line in enumerate(lines) if "epoch  " in line)
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines[head - 1 : head + 2]]
    assert " ".join(plain[1].split()) == f"epoch {columns}"
    assert max(map(len, plain)) <= width
    assert "1.23e-05" in shown(told, width=width)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_screen_is_never_wider_than_the_terminal(width: int) -> None:
    """It has three lines in a narrow terminal too, with the percents and, from 60 columns, the time left in full."""
    clock = Clock()
    now = Now(replace(STARTED, steps=469 * 4_000), clock)
    for i in range(1, 4):
        clock.now += 10
        now.see(progress(469 * 999 + 100 * i, 1_000))
    lines = seen(now, width)
    assert len(lines) == 3
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("epoch 1000 of 4000 ")
    assert lines[0].endswith(" 63 %")
    assert width < 60 or lines[1].endswith(" left")


def test_the_time_left_forgets_what_compiled() -> None:
    """The first judging compiles too and is left behind with the first epoch, and a slow hour after half a minute."""
    clock = Clock()
    now = Now(STARTED, clock)

    def go(seconds: float, step: int, epoch: int) -> None:
        clock.now += seconds
        now.see(progress(step, epoch))

    go(50, 1, 1)
    go(0.2, 469, 1)
    go(80, 480, 2)
    assert now.seconds_left is None
    for epoch in range(2, 6):
        for part in range(1, 4):
            go(1, (epoch - 1) * 469 + 140 * part, epoch)
    mean = 11 / (4 * 469 + 420 - 609)
    assert now.seconds_left == pytest.approx((5_628 - 4 * 469 - 420) * mean, rel=0.1)
    go(3_600, 5 * 469 + 140, 6)
    for step in range(5 * 469 + 150, 5 * 469 + 650, 10):
        go(1, step, 6 if step <= 6 * 469 else 7)
    assert now.seconds_left == pytest.approx((5_628 - now.step) * 0.1)


def test_the_screen_between_epochs() -> None:
    """After an epoch's last step its examples are judged; after that the next epoch has begun."""
    now = Now(STARTED, Clock())
    now.see(progress(938, 2))
    now.done = 1
    assert now.epoch == 2
    assert now.of_epoch == (469, 469)
    assert "judging 10,000 examples" in now.measured
    now.done = 2
    assert now.epoch == 3
    assert now.of_epoch == (0, 469)
    assert "judging" not in now.measured


def test_a_run_that_goes_on_begins_where_it_was() -> None:
    """Resumed in the middle of its last epoch, which is shorter, the bars begin there."""
    now = Now(replace(STARTED, steps=1_000, step=950), Clock())
    assert now.epoch == 3
    assert now.of_epoch == (12, 62)
    assert seen(now)[1].endswith("95 %")


def test_values_that_are_missing_are_left_out() -> None:
    """A regression on a machine that tells no memory shows neither accuracy nor memory."""
    now = Now(STARTED, Clock())
    now.see(Progress(10, 1, 0.5, None, 0.001, None, None, ()))
    assert now.measured == "step 10 of 5,628  loss 0.5000"
