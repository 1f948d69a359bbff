"""The devices that netspec knows, and those that files describe, with memory, bandwidth and peak rates."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from netspec.analysis.device_records import Device, DeviceRecord, DeviceSource
from netspec.diagnostics import Finding, Source, brief, rules
from netspec.language import yaml12
from netspec.language.limits import Limits
from netspec.language.model_errors import Field, explain
from netspec.language.nearest import did_you_mean, nearest, one_of
from netspec.language.reading import read

_BUNDLED: Final = Path(__file__).with_name("devices.yaml")
_OWN_LIMITS: Final = Limits(bytes=65_536, values=1_000, depth=8)

Record = TypeVar("Record", bound=DeviceRecord)


class DeviceError(Exception):
    """Raised for a device that netspec does not know, and for a file that describes none.

    The message has a line for each fault; `findings` holds the faults of a file, by place.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


@cache
def devices() -> Mapping[str, Device]:
    """The devices that netspec knows, by name."""
    entries = _root(Source(_BUNDLED.name, _BUNDLED.read_text(encoding="utf-8")), Limits())
    return MappingProxyType({key.text: _device(key.text, entry) for key, entry in entries.pairs})


def device(name: str) -> Device:
    """The device of that name, or the one that a file of your own describes: `./mine.yaml`.

    Raises:
        DeviceError: There is no such device, or the file does not describe one.
    """
    if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
        return _own(name)
    known = devices()
    found = known.get(name.casefold())
    if found is None:
        raise DeviceError(f"there is no device `{brief(name)}`; {_help(name.casefold(), known)}")
    return found


def _help(name: str, known: Mapping[str, Device]) -> str:
    inside = [other for other in known if name and name in other]
    if inside:
        return f"did you mean {one_of(f'`{other}`' for other in inside)}?"
    return did_you_mean(name, known) or f"there are {', '.join(known)}; a path names a file of your own"


def _own(name: str) -> Device:
    # `read` would look for a bundled spec of that name.
    if not _exists(name):
        missing = f"{brief(name)} does not exist"
        raise _refused(Finding(rule=rules.UNREADABLE_FILE, file=brief(name), message=missing))
    try:
        return _device(Path(name).stem, _root(read(name, _OWN_LIMITS), _OWN_LIMITS))
    except yaml12.Unreadable as error:
        # No option of the command line raises these limits, as its help says of a spec's.
        limited = error.finding.rule is rules.LIMIT_EXCEEDED
        raise _refused(replace(error.finding, help="") if limited else error.finding) from None


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:
        return False


def _root(source: Source, limits: Limits) -> yaml12.Mapping:
    findings: list[Finding] = []
    root = yaml12.compose(source, limits, findings)
    if root is None:
        findings.append(
            Finding(rule=rules.EMPTY_FILE, file=source.name, message="the file describes no device")
        )
    elif not isinstance(root, yaml12.Mapping):
        findings.append(_no_mapping(root, "the file"))
    if findings or not isinstance(root, yaml12.Mapping):
        raise _refused(*findings)
    return root


def _device(name: str, entry: yaml12.Value) -> Device:
    findings: list[Finding] = []
    found = _record(Device, name, entry, findings, {"name": name, "full_name": name})
    if found is None or findings:
        raise _refused(*findings)
    return found


def _record(
    model: type[Record], name: str, value: yaml12.Value, findings: list[Finding], defaults: Mapping[str, Any]
) -> Record | None:
    """The record that a mapping describes, or None after adding the findings."""
    if not isinstance(value, yaml12.Mapping):
        findings.append(_no_mapping(value, name))
        return None
    told = len(findings)
    given = {
        key.text: Field(item.span, key.span, _plain(key.text, item, findings)) for key, item in value.pairs
    }
    if len(findings) > told:
        # Sources that are wrong have been told of, each at its place.
        del given["sources"]
    for key in given.keys() - model.model_fields.keys():
        # The field that was probably meant is not missing: one fault gives one finding.
        if meant := nearest(key, model.model_fields):
            given.setdefault(meant, given[key])
    try:
        return model.model_validate({**defaults, **{field: item.value for field, item in given.items()}})
    except ValidationError as error:
        at = value.pairs[0][0].span if value.pairs else value.span
        findings.extend(explain(error, model, brief(name), at, given))
        return None


def _plain(key: str, value: yaml12.Value, findings: list[Finding]) -> Any:
    """A value without its place; the sources of a device as records."""
    if isinstance(value, yaml12.Scalar):
        return value.value
    if isinstance(value, yaml12.Mapping):
        return {name.text: _plain("", item, findings) for name, item in value.pairs}
    assert isinstance(value, yaml12.Sequence)
    if key == "sources":
        return tuple(_record(DeviceSource, "the source", item, findings, {}) for item in value.items)
    return tuple(_plain("", item, findings) for item in value.items)


def _no_mapping(value: yaml12.Value, name: str) -> Finding:
    return Finding.at(rules.WRONG_VALUE, value.span, f"{name} must be a mapping")


def _refused(*findings: Finding) -> DeviceError:
    by_place = sorted(findings, key=lambda finding: finding.order)
    lines = (f"{finding}; {finding.help}" if finding.help else str(finding) for finding in by_place)
    return DeviceError("\n".join(lines), tuple(by_place))
