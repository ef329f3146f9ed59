"""Whatever ends a process, and whenever: whole payloads or none, nothing acknowledged is lost, nothing is left over."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifact_plane.domain.model.rendering import Digest
from tests.adapters.filesystem.crashing import FIRST, MANNERS, SECOND
from tests.adapters.filesystem.stores import (
    REPOSITORY,
    a_store,
    broken,
    chance,
    digest_of,
    names_in,
    put,
    read,
    scratch_files,
    visible_files,
)


@pytest.mark.parametrize("manner", MANNERS)
async def test_after_each_effect_of_a_run_a_crash_leaves_whole_payloads_or_none(tmp_path: Path, manner: str) -> None:
    """F01: what was acknowledged is there, what is there is whole, and the next to open leaves no litter."""
    subprocess.run(
        [sys.executable, "-m", "tests.adapters.filesystem.crashing", tmp_path, manner], cwd=REPOSITORY, check=True
    )
    roots = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    assert len(roots) > 20
    for root in roots:
        told = set(root.with_suffix(".log").read_text().splitlines())
        names = {path.name for path in visible_files(root)}
        assert broken(visible_files(root)) == []
        assert names <= {_name(FIRST), _name(SECOND)}
        assert _name(FIRST) in names or "put first" not in told
        assert _name(SECOND) in names or "put second" not in told or "deleting second" in told
        assert _name(SECOND) not in names or "deleted second" not in told
        async with a_store(root) as store:
            assert scratch_files(root) == []
            await put(store, FIRST)
            assert await read(store, digest_of(FIRST)) == FIRST
        assert list(root.glob(".scratch/*")) == []


def _name(content: bytes) -> str:
    return digest_of(content).partition(":")[2]


class Writer:
    """A process that puts payloads, slowly, and says each digest when its put has returned."""

    def __init__(self, root: Path, seed: int, life_s: float) -> None:
        command = [sys.executable, "-m", "tests.adapters.filesystem.writing", str(root), str(seed)]
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.dies_at = time.monotonic() + life_s

    def kill(self) -> Iterator[Digest]:
        """Kill it, and tell what it had said."""
        self.process.send_signal(signal.SIGKILL)
        said, _ = self.process.communicate()
        *whole, _cut = said.split("\n")
        return map(Digest, whole)


def _put_and_kill(root: Path, wanted: int) -> list[Digest]:
    """Four writers at once, each killed after 50 to 500 ms and replaced, until so many puts were acknowledged."""
    lives = chance(3)
    seeds = iter(range(1_000_000))
    acknowledged: list[Digest] = []

    def another() -> Writer:
        return Writer(root, next(seeds), lives.uniform(0.05, 0.5))

    writers = [another() for _ in range(4)]
    while len(acknowledged) < wanted:
        writers.sort(key=lambda writer: writer.dies_at)
        dying = writers.pop(0)
        time.sleep(max(0.0, dying.dies_at - time.monotonic()))
        acknowledged.extend(dying.kill())
        writers.append(another())
    for writer in writers:
        acknowledged.extend(writer.kill())
    return acknowledged


async def test_puts_of_processes_that_are_killed_are_there_if_they_were_acknowledged(tmp_path: Path) -> None:
    """F03: 200 puts from 4 processes, SIGKILL each 50 to 500 ms, a slowed store."""
    root = tmp_path / "payloads"
    acknowledged = _put_and_kill(root, 200)
    assert broken(visible_files(root)) == []
    async with a_store(root) as store:
        assert scratch_files(root) == []
        for digest in acknowledged:
            assert digest_of(await read(store, digest)) == digest
    assert names_in(root / ".scratch") == []
