"""`run.json`: what a run is, what it was made with, and how it stands with it."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from netspec.engine.files import aside
from netspec.training.records import Status
from netspec.training.safe_files import DamagedError, saving, text_of

_LIMIT_BYTES: Final = 16 * 2**20


def _shown(text: str) -> str:
    """A text that may be printed: nothing in it steers a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


Text = Annotated[str, Field(max_length=4096), AfterValidator(_shown)]
Count = Annotated[int, Field(ge=0)]


class RunFile(BaseModel):
    """What `run.json` holds. Of the machine it tells what results may depend on, and neither its name nor its user's."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", ser_json_inf_nan="constants")

    format: Literal[1] = 1
    netspec: Text
    """The version of netspec."""
    network: Text
    """The network's name; `spec.yaml` beside it is the resolved spec."""
    spec_hash: Text
    """Of the spec without its length, which may change."""
    created: AwareDatetime
    """When it began, in UTC."""
    command: Annotated[tuple[Text, ...], Field(max_length=1000)]
    """The command line, or nothing for a run that was begun in Python."""
    packages: dict[Text, Text]
    python: Text
    platform: Text
    devices: tuple[Text, ...]
    data: Text
    data_fingerprint: Text
    preprocessing: dict[str, Any]
    """As `Affine.plain` gives it."""
    classes: tuple[Text, ...]
    resident: bool
    epochs: Count
    """Epochs of the whole run."""
    monitor: Text
    """What makes one epoch better than another."""
    status: Status = "running"
    best: dict[Text, float] = {}
    """Metrics of the best epoch, once the run is over."""
    last: dict[Text, float] = {}
    """Metrics of the last epoch, once the run is over."""


def read(path: Path) -> RunFile:
    """The file's content. Raises DamagedError."""
    try:
        return RunFile.model_validate_json(text_of(path, _LIMIT_BYTES))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DamagedError(f"{path.name} is no record of a run ({_shown(place) or 'no JSON'})") from None


def write(path: Path, content: RunFile) -> None:
    """Write the file; one that is there is replaced, once the new one is complete. Raises TrainError."""
    with saving(path), aside(path) as made:
        made.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
