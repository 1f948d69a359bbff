"""Fetching over a connection that breaks off, from servers that behave oddly, and without any network."""

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from data_opening import refused

from netspec.language.recipes.data import Cifar10, Mnist
from netspec.training.data import cifar, mnist
from netspec.training.data.downloads import Remote, data_folder, fetched
from netspec.training.faults import TrainError

DATA = bytes(range(256)) * 2000
HALF = 200_000


@dataclass
class Server:
    """What a server does, and the ranges that it was asked for."""

    address: str = ""
    drops: int = 0
    """Answers that break off half-way."""
    ranges: bool = True
    """Whether it can go on in the middle."""
    asked: list[str | None] = field(default_factory=list)

    def remote(self, *, hash_: str = "") -> Remote:
        """The file that it has."""
        known = hash_ or f"sha256:{hashlib.sha256(DATA).hexdigest()}"
        return Remote("file.gz", f"{self.address}/file.gz", known, len(DATA))


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.headers.get("Range"))
            if self.path != "/file.gz":
                self.send_error(404)
                return
            begun = int(re.sub(r"\D", "", state.asked[-1] or "0")) if state.ranges else 0
            if begun >= len(DATA):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(DATA)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if begun else 200)
            self.send_header("Content-Length", str(len(DATA) - begun))
            if begun:
                self.send_header("Content-Range", f"bytes {begun}-{len(DATA) - 1}/{len(DATA)}")
            self.end_headers()
            if state.drops:
                state.drops -= 1
                self.wfile.write(DATA[begun : begun + HALF])
                self.close_connection = True
            else:
                self.wfile.write(DATA[begun:])

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.address = f"http://127.0.0.1:{running.server_port}"
        yield state
        running.shutdown()
        thread.join()


def told(remote: Remote, folder: Any) -> Any:
    """The finding of a file that cannot be fetched."""
    with pytest.raises(TrainError) as raised:
        fetched([remote], folder, "mnist", lambda _: None)
    (finding,) = raised.value.findings
    assert finding.code == "E403"
    return finding


def test_file_is_fetched_once(tmp_path, server):
    """A file is there after the first time, is told about once, and is not asked for again."""
    notes: list[str] = []
    for _ in range(2):
        (path,) = fetched([server.remote()], tmp_path / "new", "mnist", notes.append)
    assert path == tmp_path / "new" / "file.gz"
    assert path.read_bytes() == DATA
    assert server.asked == [None]
    assert [note.split(" into ")[0] for note in notes] == ["fetching file.gz (512,000 bytes) from 127.0.0.1"]
    assert [found.name for found in path.parent.iterdir()] == ["file.gz"]


def test_next_try_goes_on_where_the_connection_broke(tmp_path, server):
    """What came is kept and told, and the next try asks for the rest alone."""
    server.drops = 2
    finding = told(server.remote(), tmp_path)
    assert "no connection to 127.0.0.1, or it broke off" in finding.message
    assert finding.notes == ("200,000 of 512,000 bytes are kept, and the next try goes on from there",)
    assert not (tmp_path / "file.gz").exists()
    told(server.remote(), tmp_path)
    (path,) = fetched([server.remote()], tmp_path, "mnist", lambda _: None)
    assert path.read_bytes() == DATA
    assert server.asked == [None, "bytes=200000-", "bytes=400000-"]


def test_server_that_cannot_go_on_starts_anew(tmp_path, server):
    """Where a server sends everything again, nothing is put behind what is there."""
    server.drops, server.ranges = 1, False
    told(server.remote(), tmp_path)
    (path,) = fetched([server.remote()], tmp_path, "mnist", lambda _: None)
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("rest", [b"", b"more than there is"])
def test_complete_or_too_long_part(tmp_path, server, rest):
    """A part that is all of the file is taken; one that is more is thrown away."""
    (tmp_path / "file.gz.part").write_bytes(DATA + rest)
    (path,) = fetched([server.remote()], tmp_path, "mnist", lambda _: None)
    assert path.read_bytes() == DATA
    assert len(server.asked) == (2 if rest else 1)


def test_wrong_checksum_is_refused(tmp_path, server):
    """A file that is not the known one never appears, and nothing of it stays."""
    finding = told(server.remote(hash_="md5:" + "0" * 32), tmp_path)
    assert "its checksum is another" in finding.message
    assert list(tmp_path.iterdir()) == []


def test_damaged_part_is_found_out(tmp_path, server):
    """A part that does not belong to the file makes the checksum wrong, and the try after that right."""
    (tmp_path / "file.gz.part").write_bytes(b"x" * 1000)
    assert "its checksum is another" in told(server.remote(), tmp_path).message
    assert fetched([server.remote()], tmp_path, "mnist", lambda _: None)[0].read_bytes() == DATA


def test_altered_file_is_fetched_again(tmp_path, server):
    """A file in the data folder that is not the known one is replaced."""
    (tmp_path / "file.gz").write_bytes(DATA[:-1])
    assert fetched([server.remote()], tmp_path, "mnist", lambda _: None)[0].read_bytes() == DATA


def test_answer_of_an_error_is_told(tmp_path, server):
    """A server that has no such file is quoted."""
    remote = Remote("file.gz", f"{server.address}/elsewhere", "sha256:0", 1)
    assert "127.0.0.1 answered 404 Not Found" in told(remote, tmp_path).message


def test_folder_that_cannot_be_made_is_told(tmp_path, server):
    """Where the folder's place is taken by a file, the message names it."""
    (tmp_path / "taken").write_bytes(b"")
    finding = told(server.remote(), tmp_path / "taken" / "mnist")
    assert "cannot be written" in finding.message


def nowhere() -> str:
    """An address of this machine at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def test_without_network_the_cure_is_named(tmp_path, monkeypatch):
    """Without a network, the message names the files, the folder to put them into, and the other way."""
    monkeypatch.setenv("NETSPEC_DATA_DIR", str(tmp_path))
    kind = mnist.KINDS["mnist"]
    monkeypatch.setitem(
        mnist.KINDS, "mnist", mnist.Kind(kind.below, nowhere(), kind.hashes, kind.sizes, kind.classes)
    )
    finding = refused(Mnist(), (28, 28, 1))
    assert finding.code == "E403"
    assert "`train-images-idx3-ubyte.gz` could not be fetched" in finding.message
    for name in (*mnist.STEMS, str(tmp_path / "mnist"), "mnist(path=FOLDER)"):
        assert name in finding.help


def test_cifar_without_network(tmp_path, monkeypatch):
    """The archive of CIFAR-10 is told about in the same way."""
    monkeypatch.setenv("NETSPEC_DATA_DIR", str(tmp_path))
    remote = cifar.REMOTE
    monkeypatch.setattr(cifar, "REMOTE", Remote(remote.name, nowhere(), remote.hash, remote.size_bytes))
    finding = refused(Cifar10(), (32, 32, 3))
    assert "`cifar-10-binary.tar.gz` could not be fetched" in finding.message
    assert "cifar10(path=FOLDER)" in finding.help


def test_data_folder_of_the_environment(monkeypatch, tmp_path):
    """`NETSPEC_DATA_DIR` names the folder; without it, it is netspec's among the user's data."""
    monkeypatch.setenv("NETSPEC_DATA_DIR", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("NETSPEC_DATA_DIR")
    assert data_folder().name == "netspec"
