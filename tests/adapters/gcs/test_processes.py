"""A process that ends in the middle of a put leaves nothing in sight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.adapters.gcs.settings import GcsSettings
from tests.adapters.gcs.stores import PREFIX, a_store, put, read
from tests.adapters.gcs.test_faults import MIB, names
from tests.contracts.sources import GeneratedSource
from tests.doubles.gcs_strict import StrictGcs

REPOSITORY: Final = Path(__file__).parents[3]
SOURCE: Final = GeneratedSource(length=12 * MIB)


@pytest.mark.parametrize("place", [0, MIB, SOURCE.length - MIB])
async def test_a_process_that_is_killed_while_it_uploads_leaves_nothing(strict: StrictGcs, place: int) -> None:
    """Wherever it was; and the same payload can be put afterwards."""
    command = [sys.executable, "-m", "tests.adapters.gcs.writing", strict.endpoint, str(SOURCE.length), str(place)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()
    assert names(strict) == []
    async with a_store(GcsSettings(bucket="payloads", prefix=PREFIX, endpoint=strict.endpoint)) as store:
        stored = await put(store, SOURCE)
        assert await read(store, stored.digest) == b"".join(SOURCE.blocks())
    assert len(names(strict)) == 1
