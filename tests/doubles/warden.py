"""Ends the servers of a test run when the run is over, however it ended.

The warden is a process of its own that reads the run's end of a pipe. The run tells it which processes and folders it
has made. When the pipe ends, which the kernel sees to also after SIGKILL, the warden ends the processes and removes the
folders. A parent-death signal would not do: it is tied to the thread that started the server, and lost when the
server runs as another user.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import IO, Final

PATIENCE: Final = 5.0
"""Seconds that a server has to end politely."""


class Warden:
    """The run's end of the pipe."""

    def __init__(self) -> None:
        # Neither a signal to the run's group nor a folder that goes away may hit it.
        self._process: Final = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, cwd="/", start_new_session=True
        )

    def watch(self, pid: int, polite: signal.Signals) -> None:
        """End this process when the run is over, with the signal ``polite`` first."""
        self._tell(f"process {pid} {int(polite)}")

    def clear(self, folder: Path) -> None:
        """Remove this folder when the run is over."""
        self._tell(f"folder {folder}")

    def dismiss(self) -> None:
        """The run is over: wait until everything is gone."""
        self._process.communicate()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()


@cache
def the_warden() -> Warden:
    """The one of this run, which comes with its first server."""
    return Warden()


def dismiss_warden() -> None:
    """End the run's servers, if it had any."""
    if the_warden.cache_info().currsize:
        the_warden().dismiss()
        the_warden.cache_clear()


def guard(orders: IO[str]) -> None:
    """What the warden's process does: listen, then clear up."""
    processes: dict[int, signal.Signals] = {}
    folders: list[Path] = []
    for order in orders:
        what, _, value = order.rstrip("\n").partition(" ")
        if what == "folder":
            folders.append(Path(value))
            continue
        pid, _, polite = value.partition(" ")
        try:
            # A descriptor stands for this very process, also after its number has been given to another.
            processes[os.pidfd_open(int(pid))] = signal.Signals(int(polite))
        except ProcessLookupError:
            continue
    for process, signal_ in processes.items():
        _end(process, signal_)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _end(process: int, polite: signal.Signals) -> None:
    for one in (polite, signal.SIGCONT, signal.SIGKILL):
        try:
            signal.pidfd_send_signal(process, one)
        except ProcessLookupError:
            return
        # What was stopped hears the first signal only after the second.
        if one is not polite and select.select([process], [], [], PATIENCE)[0]:
            return


if __name__ == "__main__":
    guard(sys.stdin)
