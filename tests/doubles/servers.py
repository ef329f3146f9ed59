"""Real servers for tests, each a process of this run on free ports and in a temporary folder of its own.

A component that is missing is a failure that says what to install. A server that does not start shows its log. Whatever
becomes of the run, its servers end with it (see ``warden``).
"""

from __future__ import annotations

import importlib.util
import os
import platform
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import attrs

from tests.doubles.warden import the_warden

HOST: Final = "127.0.0.1"
PATIENCE: Final = 90.0
"""Seconds that a server may take to answer or to end, on a busy machine."""

_LOG_SHOWN: Final = 4_000
_TRIES: Final = 3
# Below the ports that the kernel gives to outgoing connections: a server that was killed finds its port free again.
_PORTS: Final = range(18_000, 32_000)
_WORKERS: Final = 16
_given: Final[deque[int]] = deque(maxlen=200)
_MACHINES: Final = {"x86_64": ("x86_64", "amd64"), "aarch64": ("aarch64", "arm64")}


class ServerTrouble(AssertionError):
    """A server cannot be found, started or ended."""


@attrs.frozen(kw_only=True)
class Account:
    """Who a server runs as; the defaults are whoever runs the tests."""

    name: str | None = None
    uid: int = attrs.field(factory=os.geteuid)
    gid: int = attrs.field(factory=os.getegid)

    def run(self, command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a folder that the account may enter."""
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, user=self._user, group=self._group
        )

    def spawn(self, command: Sequence[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes into ``log``."""
        with log.open("ab") as said:
            return subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                user=self._user,
                group=self._group,
                extra_groups=None if self.name is None else [],
                start_new_session=True,
            )

    @property
    def _user(self) -> int | None:
        return None if self.name is None else self.uid

    @property
    def _group(self) -> int | None:
        return None if self.name is None else self.gid


class Server(ABC):
    """A process that is started, hurt and ended by tests. Its port and its folder stay the same over restarts."""

    what: str
    polite: signal.Signals = signal.SIGTERM

    def __init__(self, account: Account | None = None) -> None:
        self.account: Final = account or Account()
        self.folder: Final = temporary_folder(self.what, self.account)
        self.port = free_port()
        self.log: Final = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.paused = False
        self._has_been_up = False

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What to run."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server does its work now; must not take long."""

    def __enter__(self) -> Self:
        """A server for one test alone, which may do with it what it likes."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def alive(self) -> bool:
        """Whether the process is there, paused or not."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process, which must be there."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it and wait until it answers; it must not be running."""
        assert not self.alive
        for _ in range(_TRIES):
            if self._comes_up():
                self._has_been_up = True
                return
            if self._has_been_up:
                break
            self.port = free_port()  # Another run may have taken it meanwhile.
        raise self._trouble("ended instead of starting")

    def stop(self) -> None:
        """End it politely; it must be running."""
        self.send(self.polite)
        self.wait()

    def kill(self) -> None:
        """End it by SIGKILL, in the middle of whatever it does."""
        self.send(signal.SIGKILL)
        self.wait()

    def restart(self) -> None:
        """Start it again, whatever became of it, and wait until it answers."""
        if self.alive:
            self.resume()
            self.stop()
        self.start()

    def pause(self) -> None:
        """Stop it by SIGSTOP: connections stay open, nothing is answered."""
        self.send(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        """Let it go on after ``pause``."""
        self.send(signal.SIGCONT)
        self.paused = False

    def heal(self) -> None:
        """Bring it back to where it answers, whatever an earlier test has left it in."""
        if not self.alive:
            self.start()
        elif self.paused:
            self.resume()

    def remove(self) -> None:
        """End it, and remove its folder."""
        if self.alive:
            self.resume()
            self.send(self.polite)
            self.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, which: signal.Signals) -> None:
        """Send its process a signal."""
        assert self.process is not None
        self.process.send_signal(which)

    def wait(self) -> None:
        """Wait until its process has ended."""
        assert self.process is not None
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise self._trouble("did not end in time") from error

    def _comes_up(self) -> bool:
        self.paused = False
        self.process = self.account.spawn(self.command(), self.folder, self.log)
        the_warden().watch(self.process.pid, self.polite)
        self._await(lambda: not self.alive or self.answers(), "did not answer in time")
        return self.alive

    def _await(self, event: Callable[[], bool], otherwise: str) -> None:
        if not eventually(event, PATIENCE):
            raise self._trouble(otherwise)

    def _trouble(self, what: str) -> ServerTrouble:
        said = self.log.read_text("utf-8", "replace")[-_LOG_SHOWN:] if self.log.exists() else ""
        return ServerTrouble(f"{self.what} {what}; its log ends with:\n{said}")


def eventually(event: Callable[[], bool], patience: float = PATIENCE, pause: float = 0.01) -> bool:
    """Whether something comes true within ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while not event():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def temporary_folder(what: str, account: Account) -> Path:
    """A new folder with a short name, for sockets allow 107 bytes, that any user may enter and ``account`` owns."""
    folder = Path(tempfile.mkdtemp(prefix=f"ap-{what}-"))
    the_warden().clear(folder)
    folder.chmod(0o755)
    os.chown(folder, account.uid, account.gid)
    return folder


def free_port() -> int:
    """A TCP port that nobody listens on, and that nobody else was given: who got it may not listen yet.

    The workers of a run share the ports out among themselves; within one, none is given twice in a row of many.
    """
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    own = _PORTS[int(number) % _WORKERS :: _WORKERS]
    for port in random.SystemRandom().sample([port for port in own if port not in _given], 100):
        with socket.socket() as listener:
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            _given.append(port)
            return port
    raise ServerTrouble("no free port was found")


def wheel_folder(package: str) -> Path | None:
    """Where an installed package lies; it is not imported, for some start things then."""
    spec = importlib.util.find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def program(*, variable: str, names: Sequence[str], package: str, inside: str, remedy: str) -> Path:
    """A server's program: as the environment says, else from a wheel, else as it is installed.

    ``inside`` is its path in the wheel, where {machine} and {arch} stand for this machine's kind.

    Raises:
        ServerTrouble: there is none; says what to install.
    """
    if given := os.environ.get(variable):
        return Path(given)
    machine, arch = _MACHINES.get(platform.machine(), (platform.machine(),) * 2)
    folder = wheel_folder(package)
    candidates = [] if folder is None else [folder / inside.format(machine=machine, arch=arch)]
    candidates += [Path(found) for name in names if (found := shutil.which(name))]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ServerTrouble(f"{names[0]} was not found: {remedy}, or set {variable} to the program")
