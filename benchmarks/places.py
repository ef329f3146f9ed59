"""Where a run writes: a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder below ``BENCH_DIR``, or where temporary files go; it must be on a real disk to mean anything."""
    with tempfile.TemporaryDirectory(prefix="artifact-plane-bench-", dir=os.environ.get("BENCH_DIR")) as name:
        yield Path(name)
