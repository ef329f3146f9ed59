"""A folder of the test's own for what goes to the system's temporary one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Have temporary files of this process made in ``folder``."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
