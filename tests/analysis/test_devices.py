"""The facts about devices are sane and sourced, and a file of one's own is read or refused with a reason."""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from netspec.analysis.device_records import _RATES, Device
from netspec.analysis.devices import DeviceError, device, devices
from netspec.analysis.settings import DTYPES

FIGURES = ("memory", "bandwidth", "float32", "tf32", "bfloat16", "float16", "float64")
RATES = FIGURES[2:]
Write = Callable[[str | bytes], str]

every_device = pytest.mark.parametrize("known", devices().values(), ids=devices())


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of a device, and give its path."""

    def written(text: str | bytes) -> str:
        path = tmp_path / "mine.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def refusal(name: str) -> DeviceError:
    """Why a device is refused."""
    with pytest.raises(DeviceError) as caught:
        device(name)
    return caught.value


@every_device
def test_figures_are_sane(known: Device) -> None:
    """Memory lies between 1 GiB and 1 TiB, bandwidth between 1 GB/s and 10 TB/s, rates between 0.1 and 3000 TFLOP/s."""
    assert 2**30 <= known.memory <= 2**40
    assert 10**9 <= known.bandwidth <= 10**13
    rates = [rate for name in RATES if (rate := getattr(known, name)) is not None]
    assert rates
    assert all(10**11 <= rate <= 3 * 10**15 for rate in rates)


@every_device
def test_fewer_bits_are_not_slower(known: Device) -> None:
    """float64 <= float32 <= tf32 <= bfloat16 = float16, wherever two of them are known."""
    rates = [
        rate
        for name in ("float64", "float32", "tf32", "bfloat16", "float16")
        if (rate := getattr(known, name))
    ]
    assert rates == sorted(rates)
    assert known.bfloat16 == known.float16 or None in (known.bfloat16, known.float16)


@every_device
def test_ridge_points_are_plausible(known: Device) -> None:
    """A device reaches its peak at 5 to 600 FLOPs for each byte: less would waste memory, more arithmetic."""
    peaks = [peak for dtype in ("float32", "bfloat16", "float16") if (peak := known.peak(dtype)) is not None]
    assert peaks
    assert all(5 <= Fraction(peak, known.bandwidth) <= 600 for peak in peaks)


@every_device
def test_every_figure_has_a_source(known: Device) -> None:
    """Each figure stands in a document with title, date and https address, and documents name no other figures."""
    given_ones = {name for name in FIGURES if getattr(known, name) is not None}
    assert {figure for source in known.sources for figure in source.figures} == given_ones
    for source in known.sources:
        assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}/\S+", source.url)
        assert re.fullmatch(r"20[12]\d(-[01]\d(-[0-3]\d)?)?", source.date)
        assert source.seen in ("read", "recalled")


def test_names_are_short_and_unique() -> None:
    """Names are lower-case words with hyphens, each device has its own, and the full names differ too."""
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in devices())
    assert [known.name for known in devices().values()] == list(devices())
    assert len({known.full_name for known in devices().values()}) == len(devices())
    assert not set(devices()) & {known.full_name for known in devices().values()}


def test_devices_cannot_be_changed() -> None:
    """The table and its records are read-only."""
    with pytest.raises(TypeError):
        devices()["t4"] = devices()["l4"]  # type: ignore[index]
    with pytest.raises(ValidationError):
        devices()["t4"].memory = 0


# From the vendors' documents, in their own units: GiB, GB/s, and dense TFLOP/s of float32, tf32 and bfloat16.
# A100: datasheet of 2021. H100, H200: datasheets, half of what they print with sparsity. B200: HGX B200, an eighth.
# RTX 3090: GA102 whitepaper. RTX 4090: Ada whitepaper. RTX 5090: RTX Blackwell whitepaper. V100: Ampere in depth.
# T4: datasheet; 15 of its 16 GiB are left with ECC. MI300X: data sheet. TPUs: Cloud TPU documentation.
SPOT = {
    "v100-32g": (32, 900, "15.7", None, None),
    "t4": (15, 300, "8.1", None, None),
    "a100-40g": (40, 1555, "19.5", "156", "312"),
    "a100-80g": (80, 2039, "19.5", "156", "312"),
    "h100-sxm": (80, 3350, "67", "494.5", "989.5"),
    "h200": (141, 4800, "67", "494.5", "989.5"),
    "b200": (180, 7700, "75", "1125", "2250"),
    "rtx-3090": (24, 936, "35.6", "35.6", "71"),
    "rtx-4090": (24, 1008, "82.6", "82.6", "165.2"),
    "rtx-5090": (32, 1792, "104.8", "104.8", "209.5"),
    "mi300x": (192, 5300, "163.4", None, "1307.4"),
    "tpu-v4": (32, 1200, None, None, "275"),
    "tpu-v5e": (16, 819, None, None, "197"),
    "tpu-v6e": (32, 1638, None, None, "918"),
}


@pytest.mark.parametrize("name", SPOT)
def test_figures_are_those_of_the_documents(name: str) -> None:
    """Memory, bandwidth and rates, exactly."""
    known = device(name)
    gib, gbs, *rates = SPOT[name]
    assert (known.memory, known.bandwidth) == (gib * 1024**3, gbs * 1000**3)
    exact = [None if rate is None else int(Fraction(rate) * 10**12) for rate in rates]
    assert [known.float32, known.tf32, known.bfloat16] == exact


# NVIDIA's whitepapers print clock and cores: V100 5120 at 1530 MHz, A100 6912 at 1410, RTX 3090 10496 at 1695,
# RTX 4090 16384 at 2520, RTX 5090 21760 at 2407; each core does a multiply-add a cycle.
@pytest.mark.parametrize(
    ("name", "cores", "mhz"),
    [
        ("v100-32g", 5120, 1530),
        ("a100-80g", 6912, 1410),
        ("rtx-3090", 10496, 1695),
        ("rtx-4090", 16384, 2520),
        ("rtx-5090", 21760, 2407),
    ],
)
def test_a_multiply_add_counts_as_two(name: str, cores: int, mhz: int) -> None:
    """The rate of float32 is cores x clock x 2, rounded to the tenth of a TFLOP/s that the vendor prints."""
    exact = cores * mhz * 10**6 * 2
    assert device(name).float32 == (exact + 5 * 10**10) // 10**11 * 10**11


@pytest.mark.parametrize(
    ("name", "dtype", "runs_as"),
    [
        ("a100-80g", "float32", "tf32"),
        ("a100-80g", "bfloat16", "bfloat16"),
        ("a100-80g", "float64", "float64"),
        ("v100-32g", "float32", "float32"),
        ("v100-32g", "bfloat16", "float32"),
        ("v100-32g", "float16", "float16"),
        ("mi300x", "float32", "float32"),
        ("tpu-v4", "float32", "bfloat16"),
        ("tpu-v4", "float16", "bfloat16"),
        ("tpu-v4", "float64", None),
        ("raspberry-pi-5", "bfloat16", "float32"),
        ("jetson-orin-nano", "float32", None),
    ],
)
def test_the_rate_that_counts_is_what_jax_computes_with(name: str, dtype: str, runs_as: str | None) -> None:
    """float32 is tf32 where there is such a unit and bfloat16 on TPUs; a type that is missing is float32."""
    known = device(name)
    assert known.runs_as(dtype) == runs_as
    assert known.peak(dtype) == (None if runs_as is None else getattr(known, runs_as))


def test_every_dtype_has_a_rule() -> None:
    """The dtypes of an analysis are those of a device, and another is an error of the caller."""
    assert set(_RATES) == set(DTYPES)
    with pytest.raises(KeyError):
        device("t4").peak("int8")


@pytest.mark.parametrize(
    ("name", "help_"),
    [
        ("a100", "did you mean `a100-40g` or `a100-80g`?"),
        ("4090", "did you mean `rtx-4090`?"),
        ("rtx4090", "did you mean `rtx-4090`?"),
        ("tpu", "did you mean `tpu-v3`, `tpu-v4`, `tpu-v5e`, `tpu-v5p` or `tpu-v6e`?"),
        ("a100-80gb", "did you mean `a100-80g`?"),
        ("quantum", "a path names a file of your own"),
        ("", "a path names a file of your own"),
    ],
)
def test_an_unknown_device_gets_the_nearest(name: str, help_: str) -> None:
    """The refusal is one line with the names that may be meant, or with all of them."""
    error = refusal(name)
    assert str(error).startswith(f"there is no device `{name}`; ")
    assert str(error).endswith(help_)
    assert "\n" not in str(error)
    assert error.findings == ()


def test_case_does_not_count() -> None:
    """`H100-SXM` is `h100-sxm`."""
    assert device("H100-SXM") is device("h100-sxm")


def test_a_file_of_ones_own(write: Write) -> None:
    """It has the fields of an entry; name and full name default to the file's."""
    path = write("memory: 12GiB\nbandwidth: 360 GB/s\nfloat32: 12.7e12\nbfloat16: 51T\nnote: my card\n")
    own = device(path)
    assert (own.name, own.full_name, own.note) == ("mine", "mine", "my card")
    assert (own.memory, own.bandwidth) == (12 * 2**30, 360 * 10**9)
    assert (own.peak("float32"), own.peak("bfloat16"), own.peak("float64")) == (
        12_700_000_000_000,
        51 * 10**12,
        None,
    )


def test_a_bundled_entry_is_a_file_of_ones_own(write: Write) -> None:
    """The format is the same: an entry cut out of the bundled file reads as that device."""
    text = Path(devices.__wrapped__.__globals__["_BUNDLED"]).read_text(encoding="utf-8")
    entry = text.split("\nl40s:\n")[1].split("\n\n")[0]
    own = device(write("\n".join(line.removeprefix("  ") for line in entry.split("\n")) + "\nname: l40s\n"))
    assert own == device("l40s")


MINIMAL = "memory: 12GiB\nbandwidth: 360GB/s\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MINIMAL + "flaot32: 1T\n", "mine.yaml:3:1: error[E103]: mine has no `flaot32`; did you mean `float32`?"),
        ("memory: 12GiB\n", "mine.yaml:1:1: error[E105]: mine needs `bandwidth`: bytes a second between memory and chip"),
        ("memory: 12\nbandwidth: 1GB/s\n", "the memory of mine must be at least 1048576, not 12"),
        ("memory: 12 gigs\nbandwidth: 1GB/s\n", "the memory of mine must be a size, such as 80GiB, not `12 gigs`"),
        ("memory: 2GiB at batch 3\nbandwidth: 1GB/s\n", "the memory of mine must be a size, such as 80GiB, not"),
        ("memory: 1GiB\nbandwidth: 9\n", "the bandwidth of mine must be at least 1000000, not 9"),
        ("memory: 1GiB\nbandwidth: fast\n", "must be bytes a second, such as 900GB/s, not `fast`"),
        (MINIMAL + "float32: 10\n", "the float32 of mine must be at least 1000000, not 10"),
        (MINIMAL + "float32: -3T\n", "the float32 of mine must be a count"),
        (MINIMAL + "float32: 12.7\n", "the float32 of mine must be a whole number, not 12.7"),
        (MINIMAL + "float32: .inf\n", "the float32 of mine must be a whole number"),
        (MINIMAL + "float32: true\n", "the float32 of mine must be a whole number, not true"),
        (MINIMAL + "float32: 99999999P\n", "the float32 of mine must be below 2^63"),
        (MINIMAL + "float32: [1T]\n", "the float32 of mine must be a whole number"),
        (MINIMAL + "float32: {a: 1T}\n", "the float32 of mine must be a whole number"),
        (MINIMAL + "memory: 1GiB\n", "mine.yaml:3:1: error[E006]: the key `memory` stands twice"),
        (MINIMAL + "sources: here\n", "the sources of mine must be a list, not `here`"),
        (MINIMAL + "sources: [here]\n", "mine.yaml:3:11: error[E104]: the source must be a mapping"),
        (MINIMAL + "sources:\n- {title: a}\n", "the source needs `date`"),
        (
            MINIMAL + "sources:\n- {title: a, date: b, url: 'javascript:alert(1)', seen: read, figures: [memory]}\n",
            "the url of the source must be an address that begins with https://",
        ),
        (
            MINIMAL + "sources:\n- {title: a, date: b, url: 'https://c.d/', seen: raed, figures: []}\n",
            "the seen of the source must be `read` or `recalled`, not `raed`; did you mean `read`?",
        ),
        ("- 1\n", "mine.yaml:1:1: error[E104]: the file must be a mapping"),
        ("{}\n", "mine needs `memory`"),
        ("", "mine.yaml: error[E010]: the file describes no device"),
        ("memory: [\n", "error[E003]"),
        ("memory: !!python/object/apply:os.system [x]\n", "error[E007]: the YAML tag"),
        ("memory: *m\n", "error[E008]: the anchor `&m` does not exist"),
        ("a: " + "[" * 20, "error[E009]: values are nested deeper than 8 levels"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n",
         "error[E009]: the file holds more than 1,000 values"),
        ("# " + "x" * 70_000, "error[E009]: the file is larger than 65,536 bytes"),
        (b"\xff\xfe", "error[E002]: byte 0 (line 1) is no UTF-8 text"),
        (b"memory: \0", "error[E002]: the character U+0000"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(write: Write, text: str | bytes, told: str) -> None:
    """Each fault is a line with file, place and code; what is meant is named."""
    error = refusal(write(text))
    assert told in str(error)
    assert error.findings
    assert "--limit" not in str(error)


def test_faults_are_told_together_and_once(write: Write) -> None:
    """A source's fault and a rate's are two lines, in order of place, and nothing follows from the first."""
    error = refusal(write("memory: 12GiB\nsources: [{}]\nfloat32: 7\nbandwidth: 1GB/s\n"))
    lines = [(finding.span.line if finding.span else 0, finding.code) for finding in error.findings]
    assert lines == [(2, "E105")] * 5 + [(3, "E104")]
    typo = refusal(write("memory: 12GiB\nbandwith: 1GB/s\n"))
    assert [finding.code for finding in typo.findings] == ["E103"]


@pytest.mark.parametrize("name", ["./absent.yaml", "vgg16.yaml", "a/b", "x" * 5_000 + ".yaml", "a\0b.yaml"])
def test_a_file_that_is_not_there_is_refused(name: str) -> None:
    """A path is never read as a bundled spec, and no name is too odd to be refused."""
    assert "does not exist" in str(refusal(name))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """Only files are read."""
    assert "is a directory, not a file" in str(refusal(f"{tmp_path}/"))


WORDS = st.sampled_from([*FIGURES, "sources", "name", "note", "80GiB", "1T", "{", "}", "[", "]", ": ", "\n", "- ", "&a ", "*a", "<<", '"', "9" * 50])  # fmt: skip


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=200), st.lists(WORDS, max_size=30).map(lambda words: "".join(words).encode())
    )
)
def test_no_file_gets_a_traceback(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    """Any bytes are a device or a `DeviceError` with findings."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text)
    try:
        device(str(path))
    except DeviceError as refused:
        error = refused
    else:
        return
    assert error.findings
