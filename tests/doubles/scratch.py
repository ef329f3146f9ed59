"""A folder of the test's own for what goes to the system's temporary one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_OWN: Final = Path("/proc/self/fd")


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Have temporary files of this process made in ``folder``."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def opened_under(folder: Path) -> dict[int, Path]:
    """The descriptors that this process has open of what is below ``folder``, also where its name is gone.

    Other descriptors of the process are none of the caller's business: a library's threads and pools open and close
    some at times of their own.
    """
    opened = {}
    for entry in _OWN.iterdir():
        try:
            target = entry.readlink()
        except FileNotFoundError:  # closed since it was listed
            continue
        if target.is_relative_to(folder):
            opened[int(entry.name)] = target
    return opened
