"""Servers to measure, each a process of its own on a free port: started, looked at through ``/proc``, stopped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import orjson

from artifact_plane.domain.model.credential import ALL_SCOPES
from benchmarks.http_generator import NO_HOST
from benchmarks.plane import Ours
from benchmarks.samples import TENANT

_ROOT: Final = Path(__file__).parents[1]
_PATIENCE: Final = 30.0
_FORGET_PEAK: Final = "5"
_UNLIMITED: Final = "1000000000"
_SETTINGS: Final = {
    "ARTIFACT_PLANE_HTTP_LOG_FORMAT": "none",
    "ARTIFACT_PLANE_HTTP_RATE": _UNLIMITED,
    "ARTIFACT_PLANE_HTTP_BURST": _UNLIMITED,
}
"""No log, as the framework alone keeps none, and no rate limit: it is there to be reached."""


@attrs.frozen(kw_only=True)
class Server:
    """A server that answers."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of processor time that it has had, in all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def files(self) -> int:
        """How many files and connections it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208 - names are enough

    def resident(self) -> int:
        """How many bytes of memory it holds."""
        return self._status("VmRSS")

    def peak(self) -> int:
        """The most that it has held since ``forget_peak``, or since it began."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Begin to note the peak anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text(_FORGET_PEAK)

    def _status(self, field: str) -> int:
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"this system does not tell {field}")
        return int(found[1]) * 1024


@contextmanager
def our_server(home: Path) -> Iterator[Server]:
    """``ap serve`` over a home, as anybody starts it."""
    with _started("artifact_plane", "serve", "--port", "0", "--json", "--home", str(home), place=home.parent) as found:
        yield found


@contextmanager
def plain_server(home: Path, folder: Path) -> Iterator[Server]:
    """The framework alone, which answers what stands in a folder (see ``raw_http``)."""
    with _started("benchmarks.raw_http", "plain", str(home), str(folder), place=home.parent) as found:
        yield found


@contextmanager
def gate_server(home: Path) -> Iterator[Server]:
    """The service with a route behind the gate that does nothing (see ``raw_http``)."""
    with _started("benchmarks.raw_http", "gate", str(home), place=home.parent) as found:
        yield found


async def token_of(ours: Ours) -> str:
    """A new token that may do everything."""
    return (await ours.app.access.issue(TENANT, ALL_SCOPES)).secret


def request_bytes(method: str, target: str, token: str, body: bytes = b"") -> bytes:
    """A request as a program sends it on a connection that stays open; the generator fills in the host."""
    head = f"{method} {target} HTTP/1.1\r\n{NO_HOST}\r\nAuthorization: Bearer {token}\r\n"
    if method == "POST":
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


@contextmanager
def _started(module: str, *words: str, place: Path) -> Iterator[Server]:
    environment = {**os.environ, **_SETTINGS, "PYTHONPATH": str(_ROOT)}
    command: Sequence[str] = [sys.executable, "-m", module, *words]
    with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE) as process:
        try:
            yield Server(pid=process.pid, port=_port(process))
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _port(process: subprocess.Popen[bytes]) -> int:
    """The port that it tells in the document it begins with, which ends with a brace on a line of its own."""
    lines: list[bytes] = []
    for line in process.stdout or ():
        lines.append(line)
        if line == b"}\n":
            return int(orjson.loads(b"".join(lines))["url"].rpartition(":")[2])
    raise RuntimeError(f"the server did not start; it said: {b''.join(lines).decode(errors='replace')}")
