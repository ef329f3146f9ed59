"""Several processes on one home, and the sudden death of one: real processes, really killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artifact_plane.adapters.sqlite.home import HOLDERS_FOLDER, RECORDS_FILE, SqliteHome
from artifact_plane.domain.model.errors import Conflict
from tests.adapters.sqlite.child import BODY
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import TENANT, a_change, a_digest, an_artifact

ROOT = Path(__file__).parents[3]


@contextmanager
def child(home: Path, name: str, what: str, count: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A process that does ``what`` on the home; killed at the end at the latest."""
    command = [sys.executable, "-m", "tests.adapters.sqlite.child", str(home), name, what, str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process says, until it says no more."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            yield line.strip()


def check(home: Path) -> None:
    """Whatever happened: the file is sound, and every change in it is whole."""
    door = FileBackdoor(home / RECORDS_FILE)
    assert door.rows("PRAGMA integrity_check") == [("ok",)]
    assert door.rows("PRAGMA foreign_key_check") == []
    whole = """
        SELECT count(*) FROM artifact AS a WHERE
            (SELECT count(*) FROM body WHERE k = a.k AND length(data) > 0) <> 1
            OR (SELECT count(*) FROM node WHERE k = a.k AND id = 'artifact:' || a.artifact_id || '@1') <> 1
            OR (SELECT count(*) FROM journal WHERE subject = a.artifact_id) <> 2
            OR (SELECT count(*) FROM event WHERE subject = a.artifact_id) <> 1
            OR (SELECT count(*) FROM change WHERE change_id = 'change-' || a.artifact_id) <> 1
    """
    assert door.rows(whole) == [(0,)]
    counts = door.rows(
        "SELECT (SELECT count(*) FROM change), (SELECT count(*) FROM artifact), (SELECT max(journal_end) FROM change),"
        " (SELECT count(*) FROM journal)"
    )
    changes, artifacts, end, journalled = counts[0]
    assert (artifacts, end, journalled) == (changes, journalled, 2 * changes)


async def test_what_was_acknowledged_survives_a_killed_process(tmp_path: Path) -> None:
    """kill -9 again and again, in mid-commit: whatever was acknowledged is there, and nothing is half there (F03)."""
    home = tmp_path / "home"
    dice = random.Random(3)  # noqa: S311 - any moment will do
    acknowledged: list[str] = []
    for round_ in range(5):
        with child(home, f"w{round_}", "write", 10_000) as process:
            patience = dice.randrange(1, 120)
            for said in lines(process):
                acknowledged.append(said)
                patience -= 1
                if patience == 0:
                    process.send_signal(signal.SIGKILL)
    check(home)
    async with SqliteHome.open(home) as opened:
        for name in acknowledged:
            assert (await opened.registry.get(TENANT, name)).body == BODY
        before = await opened.log.position()
        again = await opened.ledger.commit(
            a_change(an_artifact(acknowledged[-1]), change_id=f"change-{acknowledged[-1]}")
        )
        assert again.repeated
        assert await opened.log.position() == before
    check(home)


async def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Both make progress, nothing is lost, and positions are shared out once."""
    home = tmp_path / "home"
    with child(home, "a", "write", 150) as one, child(home, "b", "write", 150) as two:
        said = [*lines(one), *lines(two)]
        assert (one.wait(), two.wait()) == (0, 0)
    assert len(set(said)) == 300
    check(home)
    async with SqliteHome.open(home) as opened:
        assert await opened.log.position() == 300


async def test_the_death_of_a_process_is_seen_at_once(tmp_path: Path) -> None:
    """As long as it lives its claims protect; killed, its holder is dead and its claims are abandoned."""
    home = tmp_path / "home"
    async with SqliteHome.open(home) as survivor:
        with child(home, "doomed", "hold") as process:
            assert next(lines(process)) == "ready"
            assert await survivor.state.is_alive("doomed")
            assert not await survivor.references.removable(TENANT, a_digest(b"picture"))
            with pytest.raises(Conflict):
                await survivor.state.hold("doomed")
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not await survivor.state.is_alive("doomed")
            assert await survivor.references.removable(TENANT, a_digest(b"picture"))
            (claim,) = await survivor.references.abandoned()
            assert claim.holder == "doomed"
        left = home / HOLDERS_FOLDER / "doomed"
        assert left.exists()
        await survivor.state.hold("next")
        assert not left.exists()  # cleared away by whoever came next
        assert await survivor.state.is_alive("next")


async def test_a_stopped_process_is_not_dead(tmp_path: Path) -> None:
    """A process that is held up, however long, still is the holder: no clock decides."""
    home = tmp_path / "home"
    async with SqliteHome.open(home) as other:
        with child(home, "slow", "hold") as process:
            assert next(lines(process)) == "ready"
            os.kill(process.pid, signal.SIGSTOP)
            assert await other.state.is_alive("slow")
            await other.state.hold("next")
            assert await other.state.is_alive("slow")


async def test_a_disk_that_is_full_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The write that fails is an error with a remedy; what was acknowledged before is there, and later writes work."""
    home = tmp_path / "home"
    async with SqliteHome.open(home):
        pass
    with child(home, "f", "fill", 600_000) as process:
        *acknowledged, last = lines(process)
        assert process.wait() == 0
    assert last.startswith("error unavailable ")
    assert acknowledged
    check(home)
    async with SqliteHome.open(home) as opened:
        for name in acknowledged:
            assert (await opened.registry.get(TENANT, name)).body == BODY
    with child(home, "g", "write", 20) as process:
        assert len(list(lines(process))) == 20
        assert process.wait() == 0
    check(home)
