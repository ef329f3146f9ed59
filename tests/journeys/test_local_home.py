"""The local profile as a user's process sees it: damage, dropped bytes, opaque payloads, two processes at once."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import pytest

from artifact_plane import (
    ArtifactFilter,
    BytesSource,
    Damaged,
    ExecutionContext,
    FileSource,
    Gone,
    Intent,
    InvalidInput,
    NotFound,
    Output,
    Payload,
    RealmResult,
    Rendered,
    Unavailable,
    open_application,
)
from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.ports.application import Application
from tests.doubles.realms import ScriptedRealm, once, read_all

CONTEXT: Final = ExecutionContext(tenant_id="local")
MARKER: Final = b"SOLD-BY-THE-POUND-4711"
KEEP: Final = {"materialization_policy": {"note": "persist", "attachment": "discard"}}
DROP: Final = {"materialization_policy": {"note": "discard", "attachment": "discard"}}


def an_intent(intent_id: str = "i1", **attachments: bytes) -> Intent:
    return Intent(
        intent_id=intent_id,
        intent_type="make",
        tenant_id="local",
        session_id="s",
        solution_id="sol",
        attachments={name: BytesSource(data) for name, data in attachments.items()},
    )


def note(*renderings: Rendered, text: str = "hello") -> ScriptedRealm:
    output = Output(result_type="note", semantic_payload={"text": text}, renderings=renderings)
    return ScriptedRealm({"make": once(RealmResult(artifacts={"note": output}))})


def files(home: Path) -> Iterator[Path]:
    return (path for path in sorted(home.rglob("*")) if path.is_file() and not path.is_symlink())


async def test_a_second_process_finds_everything_the_first_one_stored(tmp_path: Path) -> None:
    """The main job: records, meaning, renderings, lineage and explanations are there afterwards."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
    async with open_application("local", tmp_path / "home", policy=KEEP, realms=[note(view)]) as app:
        done = await app.runtime.execute(an_intent(data=b"input"))
        assert done.execution.state is ExecutionState.COMPLETED
        artifact_id = done.execution.references[0].artifact_id
    async with open_application("local", tmp_path / "home") as app:
        found = await app.plane.get_artifact(artifact_id, "local")
        assert found.semantic_payload == {"text": "hello"}
        content = await app.plane.open_content(artifact_id, "local", "file")
        assert (await asyncio.to_thread(read_all, content.source), content.drawn) == (b"bytes", False)
        assert await app.runtime.execution(done.execution.execution_id, "local") == done
        assert len((await app.lineage.upstream(artifact_id, "local")).nodes) == 4
        assert (await app.steward.explain(artifact_id, "local")).receipts == done.receipts[:1]
        digest = done.execution.policy_digest
        assert (await app.steward.policy_by_digest(digest, "local", artifact_id)).digest == digest


async def test_dropped_bytes_are_nowhere_on_disk_neither_while_it_runs_nor_afterwards(tmp_path: Path) -> None:
    """Case P10: a DISCARD of 5 MB with a unique marker, a dropped attachment, and nothing of either in any file."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(MARKER * 250_000))
    events = tmp_path / "home" / "events.jsonl"
    os.environ["ARTIFACT_PLANE_EVENTS"] = str(events)
    try:
        async with open_application("local", tmp_path / "home", policy=DROP, realms=[note(view)]) as app:
            done = await app.runtime.execute(an_intent(data=MARKER * 10))
            assert done.execution.state is ExecutionState.COMPLETED
            assert done.execution.attachments[0].location is None
            searched = [path for path in files(tmp_path / "home") if MARKER in path.read_bytes()]
            assert searched == []
            with pytest.raises(Gone):
                await app.plane.open_content(done.execution.references[0].artifact_id, "local", "file")
    finally:
        del os.environ["ARTIFACT_PLANE_EVENTS"]
    assert events.read_text().count("\n") == 3
    assert [path for path in files(tmp_path / "home") if MARKER in path.read_bytes()] == []


async def test_deleted_bytes_are_gone_from_every_file(tmp_path: Path) -> None:
    """Law 18, and the same question as P10: inline meanings, payloads and cached parts."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(MARKER * 100))
    async with open_application("local", tmp_path / "home") as app:
        payload = Payload(semantic_payload={"text": MARKER.decode()}, renderings=[view])
        made = await app.plane.create_artifact("note", "n1", payload, {}, CONTEXT)
        assert made.artifact.meaning.place is Place.INLINE
        assert any(MARKER in path.read_bytes() for path in files(tmp_path / "home"))
        await app.plane.delete_artifact("n1", "local")
    assert [path for path in files(tmp_path / "home") if MARKER in path.read_bytes()] == []


async def test_an_altered_or_missing_payload_is_damage_and_everything_else_is_still_there(tmp_path: Path) -> None:
    """Law 15: damaged bytes are an error, never an answer."""
    view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes" * 1000))
    async with open_application("local", tmp_path / "home") as app:
        payload = Payload(semantic_payload={"text": "x"}, renderings=[view])
        await app.plane.create_artifact("note", "n1", payload, {}, CONTEXT)
        (blob,) = [path for path in (tmp_path / "home" / "payloads").rglob("*") if path.is_file() and _large(path)]
        blob.chmod(0o600)
        blob.write_bytes(b"Bytes" * 1000)
        content = await app.plane.open_content("n1", "local", "file")
        with pytest.raises(Damaged, match="digest"):
            await asyncio.to_thread(read_all, content.source)
        blob.unlink()
        with pytest.raises(Damaged, match="missing"):
            await app.plane.open_content("n1", "local", "file")
        assert (await app.plane.get_artifact("n1", "local")).semantic_payload == {"text": "x"}


def _large(path: Path) -> bool:
    return path.stat().st_size > 1000


async def test_an_altered_meaning_in_the_database_is_damage(tmp_path: Path) -> None:
    """Law 15, behind the plane's back."""
    home = tmp_path / "home"
    async with open_application("local", home) as app:
        await app.plane.create_artifact("note", "n1", {"text": "unmistakable"}, {}, CONTEXT)
    connection = apsw.Connection(str(home / "records.sqlite3"))
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    altered = 0
    for name in names:
        for _, column, *_ in list(connection.execute(f"PRAGMA table_info('{name}')")):
            connection.execute(
                f'UPDATE "{name}" SET "{column}" = CAST(\'{{"text":"unmistakeable"}}\' AS BLOB) '  # noqa: S608
                f'WHERE CAST("{column}" AS TEXT) = \'{{"text":"unmistakable"}}\''
            )
            altered += connection.changes()
    connection.close()
    assert altered >= 1
    async with open_application("local", home) as app:
        with pytest.raises(Damaged, match="digest"):
            await app.plane.get_artifact("n1", "local")


async def test_a_home_whose_database_is_not_one_is_damaged_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    """Issue section 8: what, where, what to do; nothing is lost."""
    home = tmp_path / "home"
    file = home / "records.sqlite3"
    async with open_application("local", home) as app:
        await app.plane.create_artifact("note", "n1", {"text": "x"}, {}, CONTEXT)
    good = file.read_bytes()
    file.write_bytes(b"this is no database" * 1000)
    with pytest.raises(Damaged) as damaged:
        async with open_application("local", home):
            pass
    assert damaged.value.remedy
    file.write_bytes(good)
    connection = apsw.Connection(str(file))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(InvalidInput, match="schema version 99") as newer:
        async with open_application("local", home):
            pass
    assert newer.value.remedy
    file.write_bytes(good)
    async with open_application("local", home) as app:
        assert (await app.plane.get_artifact("n1", "local")).semantic_payload == {"text": "x"}


async def test_a_home_that_cannot_be_made_is_unavailable_and_says_where(tmp_path: Path) -> None:
    """Issue section 8."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="file") as caught:
        async with open_application("local", tmp_path / "file" / "home"):
            pass
    assert caught.value.remedy


async def test_archives_pickles_and_class_names_are_bytes_and_data(tmp_path: Path) -> None:
    """Cases A10, K01 and K02: bytes in, bytes out; nothing is unpacked or constructed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("../../escaped.txt", "x")
    blob = b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR."
    views = [
        Rendered(name="zip", media_type="application/zip", source=BytesSource(archive.getvalue())),
        Rendered(name="pkl", media_type="application/octet-stream", source=BytesSource(blob)),
    ]
    async with open_application("local", tmp_path / "home") as app:
        meaning = {"__class__": "os.system", "!!python/object": "x"}
        payload = Payload(semantic_payload=meaning, renderings=views)
        await app.plane.create_artifact("note", "n1", payload, {"__reduce__": ["x"]}, CONTEXT)
        assert (await app.plane.get_artifact("n1", "local")).semantic_payload == meaning
        for name, data in (("zip", archive.getvalue()), ("pkl", blob)):
            content = await app.plane.open_content("n1", "local", name)
            assert await asyncio.to_thread(read_all, content.source) == data
    assert not list(tmp_path.rglob("escaped.txt"))
    assert not list(tmp_path.rglob("pwned"))


async def test_everything_under_a_home_is_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """Case A20."""
    before = os.umask(0)
    try:
        view = Rendered(name="file", media_type="text/plain", source=BytesSource(b"bytes"))
        async with open_application("local", tmp_path / "home", policy=KEEP, realms=[note(view)]) as app:
            await app.runtime.execute(an_intent(data=b"input"))
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "home", *_below(tmp_path)]}
    finally:
        os.umask(before)
    assert {path for path, mode in modes.items() if mode & 0o077} == set()


def _below(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "home").rglob("*"))


async def test_two_applications_on_one_home_see_each_others_work_at_once(tmp_path: Path) -> None:
    """Several processes may open the same home; here two handles of one."""
    async with (
        open_application("local", tmp_path / "home") as one,
        open_application("local", tmp_path / "home") as two,
    ):
        await asyncio.gather(
            *(_create(app, f"{name}-{n}") for app, name in ((one, "a"), (two, "b")) for n in range(25))
        )
        for app in (one, two):
            page = await app.plane.list_artifacts("local", ArtifactFilter(), limit=1000)
            assert len(page.artifacts) == 50
        made = await asyncio.gather(*(_create(app, "same") for app in (one, two) for _ in range(5)))
        assert made.count(False) == 1


async def _create(app: Application, artifact_id: str) -> bool:
    made = await app.plane.create_artifact("note", artifact_id, {"id": artifact_id[:4]}, {}, CONTEXT)
    return made.repeated


async def test_a_file_attachment_that_changes_while_in_use_is_refused_and_nothing_is_recorded(tmp_path: Path) -> None:
    """What was ruled on is what is read."""
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    source = FileSource(path)
    read_all(source)
    path.write_text("a,b\n1,2\n3,4\n")
    async with open_application("local", tmp_path / "home", realms=[note()]) as app:
        intent = Intent(
            intent_id="i1",
            intent_type="make",
            tenant_id="local",
            session_id="s",
            solution_id="sol",
            attachments={"data": source},
        )
        with pytest.raises(InvalidInput, match="changed"):
            await app.runtime.execute(intent)
        page = await app.plane.list_artifacts("local", ArtifactFilter(), limit=10)
        assert page.artifacts == ()
        with pytest.raises(NotFound):
            await app.plane.get_artifact("i1", "local")
