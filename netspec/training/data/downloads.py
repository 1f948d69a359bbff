"""Files from their public places, fetched once into netspec's data folder; their checksums are known beforehand."""

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from platformdirs import user_data_path

from netspec.diagnostics import brief, rules
from netspec.training.data.files import listed
from netspec.training.faults import TrainError, fault

VARIABLE: Final = "NETSPEC_DATA_DIR"
"""The environment variable that names another data folder."""

_CHUNK_BYTES: Final = 2**18
_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True)
class Remote:
    """A file to fetch: `hash` as pooch writes it, `sha256:...`."""

    name: str
    address: str
    hash: str
    size_bytes: int


def data_folder() -> Path:
    """Where fetched data lies: `NETSPEC_DATA_DIR`, or else netspec's folder among the user's data."""
    given = os.environ.get(VARIABLE)
    return Path(given).expanduser().absolute() if given else user_data_path("netspec", appauthor=False)


def fetched(remotes: Sequence[Remote], folder: Path, source: str, note: Callable[[str], None]) -> list[Path]:
    """The files in the folder; those that are not there, or are not what they should be, are fetched.

    A file appears under its name once it is complete and its checksum is right. What came of it before a connection broke
    off stays beside it, as `NAME.part`, and the next try goes on from there.

    Args:
        remotes: The files.
        folder: Where they shall lie.
        source: The data source that wants them, for messages.
        note: Told what is fetched.

    Raises:
        TrainError: A file cannot be fetched or written; the message says what to do without a network.
    """
    paths = []
    for remote in remotes:
        try:
            paths.append(_fetched(remote, folder, note))
        except _failures() as error:
            raise _failed(error, remote, remotes, folder, source) from None
    return paths


def _fetched(remote: Remote, folder: Path, note: Callable[[str], None]) -> Path:
    import pooch  # noqa: PLC0415  most runs fetch nothing

    pooch.get_logger().setLevel(logging.WARNING)  # `note` says it
    partial = folder / f"{remote.name}.part"

    def resume(address: str, target: str, _: Any) -> None:
        note(f"fetching {remote.name} ({remote.size_bytes:,} bytes) from {_host(address)} into {folder}")
        _download(address, partial)
        partial.replace(target)

    return Path(pooch.retrieve(remote.address, remote.hash, remote.name, folder, downloader=resume))


def _download(address: str, partial: Path) -> None:
    """Fetch a file, or what is still missing of it (RFC 9110, section 14)."""
    import requests  # noqa: PLC0415  comes with pooch

    begun = partial.stat().st_size if partial.exists() else 0
    # Stored as they are: a server may otherwise unpack what is to be checked packed.
    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    with requests.get(address, headers=asked, stream=True, timeout=_TIMEOUT_SECONDS) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            if answer.headers.get("Content-Range") == f"bytes */{begun}":  # all of it is there
                return
            partial.unlink()
            _download(address, partial)
            return
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        total = _total(answer.headers, begun, goes_on=goes_on)
        with partial.open("ab" if goes_on else "wb") as file:
            for piece in answer.raw.stream(_CHUNK_BYTES, decode_content=False):
                file.write(piece)
    if total is not None and partial.stat().st_size < total:
        raise requests.ConnectionError


def _total(headers: Any, begun: int, *, goes_on: bool) -> int | None:
    """The size of the whole file, where the server tells it."""
    if goes_on:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        if told is None or int(told[1]) != begun:
            raise ValueError(f"the server went on at another place than byte {begun:,}")
        return int(told[2])
    length = headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _failures() -> tuple[type[Exception], ...]:
    import requests  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    # pooch raises a ValueError for a wrong checksum.
    return requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError


def _failed(
    error: Exception, remote: Remote, remotes: Sequence[Remote], folder: Path, source: str
) -> TrainError:
    partial = folder / f"{remote.name}.part"
    kept = partial.stat().st_size if partial.exists() else 0
    on = f"{kept:,} of {remote.size_bytes:,} bytes are kept, and the next try goes on from there"
    names = [one.name for one in remotes if not (folder / one.name).exists()]
    return fault(
        rules.MISSING_DATA,
        folder / remote.name,
        f"`{remote.name}` could not be fetched from {remote.address}: {_reason(error, remote)}",
        notes=(on,) if kept else (),
        help=f"put {listed(names)} into `{folder}` by hand, or name the folder that has them: `{source}(path=FOLDER)`",
    )


def _reason(error: Exception, remote: Remote) -> str:
    import requests  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    host = _host(remote.address)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{host} answered {error.response.status_code} {error.response.reason}"
    if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in _causes(error)):
        return f"{host} did not answer in {_TIMEOUT_SECONDS} seconds"
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        return f"no connection to {host}, or it broke off"
    if isinstance(error, OSError):
        return f"`{error.filename or remote.name}` cannot be written: {error.strerror or error}"
    return (
        "what came is not the file, for its checksum is another"
        if "hash" in str(error)
        else brief(str(error))
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _host(address: str) -> str:
    return urlsplit(address).hostname or address
