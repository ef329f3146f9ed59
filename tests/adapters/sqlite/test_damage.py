"""Damage to the files: what was torn off is gone, what is left is whole, and the rest is an error, never a trace."""

from __future__ import annotations

import random
import shutil
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.adapters.sqlite.home import RECORDS_FILE, SqliteHome
from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.change import Change, RecordKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged
from artifact_plane.domain.model.lineage import Bounds, Direction, artifact_node
from tests.adapters.sqlite.under_test import FileBackdoor
from tests.doubles.samples import (
    TENANT,
    a_change,
    a_digest,
    a_receipt,
    a_write,
    an_artifact,
    an_attachment,
    an_edge,
    an_event,
    an_execution,
)

COUNT: Final = 12
LOG: Final = RECORDS_FILE + "-wal"
FRAME: Final = 24 + 4096
HEADER: Final = 32


def name(number: int) -> str:
    """The id of an artifact."""
    return f"artifact-{number:02d}"


def body(number: int) -> bytes:
    """Its meaning, larger than a page."""
    return b'{"n":%d,"text":"' % number + b"x" * 6000 + b'"}'


def change(number: int) -> Change:
    """A change with something of everything, derived from the one before."""
    own, before = (artifact_node(name(one), 1) for one in (number, number - 1))
    return a_change(
        a_write(an_artifact(name(number)), body(number)),
        receipts=[a_receipt(name(number))],
        edges=[an_edge(own, before)] if number else [],
        events=[an_event(f"event-{number}", subject=name(number))],
        execution=an_execution(f"execution-{number}", intent_id=f"intent-{number}", attachments=[an_attachment()]),
    )


async def grown(folder: Path) -> list[int]:
    """A home as a crash leaves it: nothing folded up. The lengths of the log after each commit."""
    lengths = []
    async with SqliteHome.open(folder / "living") as home:
        for number in range(COUNT):
            await home.ledger.commit(change(number))
            lengths.append((folder / "living" / LOG).stat().st_size)
        (folder / "crashed").mkdir()
        for file in (RECORDS_FILE, LOG):
            shutil.copy(folder / "living" / file, folder / "crashed" / file)
    return lengths


def copied(folder: Path, log: bytes | None = None, file: bytes | None = None) -> Path:
    """The crashed home once more, with other contents of its log or file."""
    again = folder / "again"
    shutil.rmtree(again, ignore_errors=True)
    shutil.copytree(folder / "crashed", again)
    if log is not None:
        (again / LOG).write_bytes(log)
    if file is not None:
        (again / RECORDS_FILE).write_bytes(file)
    return again


async def survivors(folder: Path) -> int:
    """How many commits a home still has; they are the first ones, and whole."""
    async with SqliteHome.open(folder) as home:
        position = await home.log.position()
        page = await home.registry.find(TENANT, ArtifactFilter(), limit=100)
        assert [artifact.artifact_id for artifact in page.artifacts] == [name(n) for n in reversed(range(position))]
        for number in range(position):
            assert (await home.registry.get(TENANT, name(number))).body == body(number)
            assert await home.registry.receipts(TENANT, name(number)) == (a_receipt(name(number)),)
        assert len(await home.log.replay(0, limit=100)) == await home.outbox.pending() == position
    door = FileBackdoor(folder / RECORDS_FILE)
    assert door.rows("PRAGMA integrity_check") == [("ok",)]
    assert door.rows("PRAGMA foreign_key_check") == []
    return position


async def test_a_log_cut_anywhere_gives_the_commits_before_the_cut(tmp_path: Path) -> None:
    """A torn tail drops the commit it belongs to, and no other (case F09)."""
    lengths = await grown(tmp_path)
    log = (tmp_path / "crashed" / LOG).read_bytes()
    assert len(log) == lengths[-1]
    edges = {*range(lengths[-3], len(log), FRAME * 5), *lengths[-3:]}
    cuts = {cut for edge in edges for cut in (edge - 1, edge, edge + 1, edge + 2000) if cut <= len(log)}
    for cut in sorted(cuts):
        assert await survivors(copied(tmp_path, log[:cut])) == sum(length <= cut for length in lengths), cut


@pytest.mark.parametrize("seed", range(20))
async def test_a_flipped_bit_in_the_log_gives_a_prefix_of_the_commits(tmp_path: Path, seed: int) -> None:
    """Every frame of the log has a checksum: what comes after a flipped bit does not count, what is before does."""
    lengths = await grown(tmp_path)
    log = bytearray((tmp_path / "crashed" / LOG).read_bytes())
    place = random.Random(seed).randrange(HEADER, len(log))  # noqa: S311 - any place will do
    log[place] ^= 1 << seed % 8
    assert await survivors(copied(tmp_path, bytes(log))) == sum(length <= place for length in lengths)


async def test_a_log_whose_last_page_is_zeroed_loses_the_last_commit(tmp_path: Path) -> None:
    """Zeroes where a page should be are no frame."""
    await grown(tmp_path)
    log = (tmp_path / "crashed" / LOG).read_bytes()
    assert await survivors(copied(tmp_path, log[:-4096] + bytes(4096))) == COUNT - 1


async def folded(folder: Path) -> bytes:
    """The home's file with everything folded up, so that it can be damaged where it counts."""
    await grown(folder)
    await survivors(folder / "crashed")
    assert not (folder / "crashed" / LOG).exists()
    return (folder / "crashed" / RECORDS_FILE).read_bytes()


async def read_everything(folder: Path) -> Sequence[ArtifactPlaneError]:
    """Ask every port about everything; the errors that came. Nothing but errors of the plane may come."""
    try:
        async with SqliteHome.open(folder) as home:
            questions = [one for number in range(COUNT) for one in questions_about(home, number)]
            outcomes = [await outcome(question) for question in (*questions, *general_questions(home))]
    except ArtifactPlaneError as error:
        return [error]
    return [one for one in outcomes if one is not None]


def questions_about(home: SqliteHome, number: int) -> Iterable[Awaitable[object]]:
    """Everything that can be asked about one artifact."""
    node = artifact_node(name(number), 1)
    yield reading(home, number)
    yield home.registry.history(TENANT, name(number))
    yield home.registry.receipts(TENANT, name(number))
    yield home.state.execution(TENANT, f"execution-{number}")
    yield home.log.about(TENANT, RecordKind.GOVERNANCE_DECISION, name(number))
    yield home.lineage.trace(TENANT, node, Direction.UPSTREAM, Bounds())
    yield home.lineage.describe(TENANT, (node,))


def general_questions(home: SqliteHome) -> Iterable[Awaitable[object]]:
    """Everything that can be asked about a home, and a commit."""
    yield home.registry.find(TENANT, ArtifactFilter(label="draft"), limit=100)
    yield home.references.removable(TENANT, a_digest(b"1. Receive the claim"))
    yield home.references.abandoned()
    yield home.state.unfinished()
    yield home.log.replay(0, limit=100)
    yield home.outbox.pending()
    yield home.ledger.commit(a_change(an_artifact("another")))


async def outcome(question: Awaitable[object]) -> ArtifactPlaneError | None:
    """The error that a question is answered with."""
    try:
        await question
    except ArtifactPlaneError as error:
        return error
    return None


async def reading(home: SqliteHome, number: int) -> None:
    """Read an artifact as the plane does, its bytes compared with what was written."""
    found = await home.registry.get(TENANT, name(number))
    if found.body != body(number):
        raise Damaged("these are not its bytes", where=name(number))


async def test_a_zeroed_page_is_damage_when_it_is_read(tmp_path: Path) -> None:
    """Whichever page of the file is zeroed: damage where it is met, the rest readable, and never a trace (F09)."""
    file = await folded(tmp_path)
    pages = len(file) // 4096
    harmless = 0
    for page in range(pages):
        errors = await read_everything(copied(tmp_path, file=zeroed(file, page)))
        assert not any("Traceback" in str(error) for error in errors)
        assert page or isinstance(errors[0], Damaged)
        harmless += not any(isinstance(error, Damaged) for error in errors)
    assert harmless < pages // 2  # pages of indexes nobody asked, and free ones


def zeroed(file: bytes, page: int) -> bytes:
    """The file with one page zeroed."""
    return file[: page * 4096] + bytes(4096) + file[(page + 1) * 4096 :]


async def test_flipped_bits_never_end_in_a_trace(tmp_path: Path) -> None:
    """Wherever bits flip: an answer or an error of the plane, nothing else."""
    file = await folded(tmp_path)
    dice = random.Random(9)  # noqa: S311 - any places will do
    for _ in range(40):
        damaged = bytearray(file)
        for _ in range(20):
            damaged[dice.randrange(len(file))] ^= 1 << dice.randrange(8)
        await read_everything(copied(tmp_path, file=bytes(damaged)))


@pytest.mark.parametrize("length", [0, 1, 100, 4095, 4096, 5000, 40_000])
async def test_a_file_that_was_cut_short_is_damaged_or_empty(tmp_path: Path, length: int) -> None:
    """A file that lost its end is never taken for a whole one."""
    file = await folded(tmp_path)
    folder = copied(tmp_path, file=file[:length])
    with suppress(Damaged):
        async with SqliteHome.open(folder) as home:
            with suppress(Damaged):
                found = await home.registry.find(TENANT, ArtifactFilter(), limit=100)
                assert found.artifacts == ()
                assert length == 0


async def test_a_record_that_cannot_be_what_was_written_is_damage(tmp_path: Path) -> None:
    """A row that SQLite reads and the plane never wrote: damage that names the kind of record and quotes nothing."""
    async with SqliteHome.open(tmp_path) as home:
        await home.ledger.commit(
            a_change(an_artifact(), receipts=[a_receipt()], execution=an_execution(), events=[an_event()])
        )
        door = FileBackdoor(tmp_path / RECORDS_FILE)
        for sql in (
            "UPDATE artifact SET parts = CAST('[[\"secret\"]]' AS BLOB)",
            "UPDATE journal SET body = CAST('{secret' AS BLOB)",
            "UPDATE execution SET record = CAST('{\"secret\": 1}' AS BLOB)",
            "UPDATE event SET record = CAST('[\"secret\"]' AS BLOB)",
        ):
            door.rows(sql)
        for question in (
            home.registry.get(TENANT, "artifact-1"),
            home.registry.receipts(TENANT, "artifact-1"),
            home.state.execution(TENANT, "execution-1"),
            home.log.replay(0, limit=10),
        ):
            with pytest.raises(Damaged) as caught:
                await question
            assert caught.value.remedy
            assert "secret" not in str(caught.value)
