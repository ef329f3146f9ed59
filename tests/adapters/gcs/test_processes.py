"""A process that ends in the middle of a put leaves nothing in sight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.adapters.gcs.payload_store import GcsPayloadStore
from tests.adapters.gcs.stores import put, read
from tests.adapters.gcs.test_faults import PIECE, names
from tests.contracts.sources import GeneratedSource
from tests.doubles import gcs_faults as faults
from tests.doubles.gcs_faults import FaultyProxy, Gate
from tests.doubles.gcs_strict import StrictGcs

REPOSITORY: Final = Path(__file__).parents[3]
MIB: Final = 12


@pytest.mark.parametrize("pieces", [0, 1, 5, MIB - 1])
async def test_a_process_that_is_killed_while_it_uploads_leaves_nothing(
    store: GcsPayloadStore, proxy: FaultyProxy, strict: StrictGcs, pieces: int
) -> None:
    """Whichever piece it was at; and the same payload can be put afterwards."""
    gate = Gate()
    if pieces:
        proxy.plan(PIECE, faults.first(lambda: None), times=pieces)
    proxy.plan(PIECE, faults.first(gate), times=99)
    command = [sys.executable, "-m", "tests.adapters.gcs.writing", proxy.endpoint, str(MIB)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        gate.wait_for_somebody()
        process.kill()
    if pieces < MIB - 1:  # the last piece is on its way already, and will make it
        gate.open()
    assert names(strict) == []
    gate.open()
    source = GeneratedSource(length=MIB * 1024 * 1024)
    stored = await put(store, source)
    assert await read(store, stored.digest) == b"".join(source.blocks())
    assert len(names(strict)) == 1
