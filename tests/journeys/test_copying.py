"""``ap copy`` as it is used: between homes, to real servers and back, killed and gone on with, refused."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from artifact_plane.composition.bootstrap import open_application
from artifact_plane.composition.copying import copy_home
from artifact_plane.composition.profiles import Extras, adapters_of
from artifact_plane.composition.settings import Settings, load
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.rendering import BytesSource, Rendered
from artifact_plane.ports.answers import Payload
from tests.doubles.cloud_home import CloudServers, cloud_settings
from tests.doubles.databases import PostgresDatabase
from tests.doubles.documents import Document
from tests.doubles.servers import eventually
from tests.doubles.world import swept
from tests.journeys.driving import PATIENCE, Room, Shell, running

MANY: Final = 150
FEW: Final = 90
"""Artifacts that are copied in one page."""
LEASE: Final = 3.0
SOME: Final = 4
"""Artifacts of each tenant that are asked about one by one."""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A folder with a home in which the demonstration has run, and things were put, updated and removed."""
    room = Room(tmp_path)
    room.ap("demo").ok()
    large = room.file("large.bin", bytes(range(256)) * 4_000)
    kept = room.json("put", str(large), "--type", "recording")["artifact"]["artifact_id"]
    gone = room.json("put", str(room.file("note.txt", "a note")), "--type", "note")["artifact"]["artifact_id"]
    room.json("put", str(large), "--type", "recording", "--tenant", "other")
    assert kept != gone
    room.ap("rm", gone).ok()
    return room


def answers(room: Shell, *more: str, tenants: Sequence[str] = ("local", "demo", "other")) -> Document:
    """What a plane says about everything in it, as JSON."""
    said: Document = {}
    for tenant in tenants:
        shared = (*more, "--tenant", tenant)
        said[f"{tenant} ls"] = listed = room.json("ls", *shared)
        for artifact in listed["artifacts"][:SOME]:
            for command in ("show", "explain", "lineage"):
                artifact_id = artifact["artifact_id"]
                said[f"{tenant} {command} {artifact_id}"] = room.json(command, artifact_id, *shared)
    return said


def test_a_copy_answers_as_its_source_does(room: Room) -> None:
    """``ls``, ``show``, ``explain`` and ``lineage`` say the same, for every artifact of every tenant."""
    report = room.json("copy", "--from", "local", "--to", "local", "--to-home", "copied")
    assert report["verified"] is True
    assert report["resumed_from"] == 0
    assert report["payloads"] > 5
    said = answers(room)
    assert len(said) > 15
    assert answers(room, "--home", "copied") == said


def test_a_copy_tells_people_what_it_did_and_what_it_did_not(room: Room) -> None:
    text = room.ap("copy", "--from", "local", "--to", "local", "--to-home", "copied").ok().text
    assert "both sides are the same" in text
    assert "not copied: policy files, tokens, cached parts" in text
    again = room.ap("copy", "--from", "local", "--to", "local", "--to-home", "copied").ok().text
    assert "went on" in again
    assert "payloads put  0" in again


def test_progress_is_shown_on_a_terminal_only(room: Room) -> None:
    """A bar with positions; nothing of it in a pipe."""
    words = ("copy", "--from", "local", "--to", "local", "--to-home")
    code, shown = Shell(room.folder).on_terminal(*words, "seen")
    assert code == 0
    assert "verifying" in shown
    assert "━" in shown
    piped = Shell(room.folder).ap(*words, "piped").ok()
    assert piped.err == b""
    assert b"verifying" not in piped.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--from", "local", "--to", "local"], 2, "same place"),
        (["--from", "local", "--to", "memory"], 2, "in memory"),
        (["--from", "memory", "--to", "local"], 2, "in memory"),
        (["--from", "lokal", "--to", "local"], 2, "'lokal' is neither a profile nor a settings file"),
        (["--from", "nowhere.toml", "--to", "local"], 2, "nowhere.toml"),
        (["--from", "local", "--from-home", "absent", "--to", "local"], 3, "no home to copy"),
        (["--from", "local", "--to", "cloud"], 2, "postgres"),
        (["--from", "local"], 2, "--to"),
        (["--from", "local", "--to", "local", "--to-home", "x", "--profile", "local"], 2, "--from and --to"),
        (["--from", "local", "--to", "local", "--to-home", "x", "--tenant", "acme"], 2, "all tenants"),
    ],
)
def test_what_cannot_be_copied_is_refused_and_nothing_is_made(
    tmp_path: Path, words: Sequence[str], code: int, said: str
) -> None:
    """With what to do; neither a home that was named nor one that was not comes into being."""
    room = Room(tmp_path)
    room.ap("put", str(room.file("a.txt", "a")), "--type", "t").ok()
    before = sorted(path.name for path in tmp_path.iterdir())
    assert said in room.refused("copy", *words, code=code)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_target_that_holds_something_else_is_refused(room: Room) -> None:
    """Exit code 4, and the target is as it was."""
    room.ap("put", str(room.file("a.txt", "a")), "--type", "t", "--home", "taken").ok()
    before = answers(room, "--home", "taken")
    said = room.refused("copy", "--from", "local", "--to", "local", "--to-home", "taken", code=4)
    assert "not the source's" in said
    assert answers(room, "--home", "taken") == before


def test_a_damaged_payload_is_named_and_the_copy_goes_on_when_it_is_mended(room: Room) -> None:
    """Exit code 6; the target shows nothing of it."""
    (file,) = [path for path in (room.home / "payloads" / "other").rglob("*") if path.is_file()]
    sound = file.read_bytes()
    file.write_bytes(sound[:-1] + b"!")
    said = room.refused("copy", "--from", "local", "--to", "local", "--to-home", "copied", code=6)
    assert "version 1, part 'original'" in said
    assert room.json("ls", "--home", "copied", "--tenant", "other")["artifacts"] == []
    file.write_bytes(sound)
    room.ap("copy", "--from", "local", "--to", "local", "--to-home", "copied").ok()
    assert answers(room, "--home", "copied", tenants=["other"]) == answers(room, tenants=["other"])


async def fill(folder: Path, count: int) -> None:
    """Put many artifacts into the home below ``folder``, each with a payload of its own."""
    context = ExecutionContext(tenant_id="local")
    settings = Settings(home=folder / ".artifact-plane", synchronous="normal")
    async with open_application(settings=settings) as application:
        for number in range(count):
            content = Rendered(name="file", media_type="text/plain", source=BytesSource(b"%d" % number))
            payload = Payload(semantic_payload={"number": number}, renderings=(content,))
            await application.plane.create_artifact("note", f"a{number}", payload, {}, context)


async def test_a_copy_that_is_killed_again_and_again_is_finished_in_the_end(tmp_path: Path) -> None:
    """SIGKILL while payloads arrive: each try goes on where the one before was killed, and nothing is left over."""
    await fill(tmp_path, MANY)
    shell, copied = Shell(tmp_path), tmp_path / "copied"
    words = ("copy", "--from", "local", "--to", "local", "--to-home", "copied")
    for enough in (30, 115):
        with running(shell.start(*words)) as process:
            await asyncio.to_thread(_kill_when, process, partial(_holds, copied, enough))
    report = shell.json(*words)
    assert report["resumed_from"] >= 100
    assert report["position"] == report["counts"]["versions"] == MANY
    assert shell.json("ls", "--limit", "500", "--home", "copied") == shell.json("ls", "--limit", "500")
    assert len(_payloads(copied)) == len(_payloads(shell.home)) == MANY


async def test_what_a_killed_copy_has_put_may_be_swept_while_the_next_one_works(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """SIGKILL between payloads and records; begun again before the dead one's lease has run out; stopped until both
    leases have, while somebody sweeps the target; and gone on with: nothing is missing in the end."""
    await fill(tmp_path, FEW)
    _write_shared(tmp_path, postgres_database, lease=LEASE)
    shell, shared = Shell(tmp_path), tmp_path / "shared"
    words = ("copy", "--from", "local", "--to", "shared.toml")
    with ExitStack() as held:
        held.enter_context(_held_up(shell.home, shared))
        with running(shell.start(*words)) as process:
            await asyncio.to_thread(_kill_when, process, partial(_holds, shared, 10))
        with running(shell.start(*words, "--json")) as process:
            assert await asyncio.to_thread(eventually, partial(_holds, shared, 60), PATIENCE, 0.002)
            process.send_signal(signal.SIGSTOP)
            held.close()
            await asyncio.sleep(1.5 * LEASE)
            settings = load({"home": shared}, {"ARTIFACT_PLANE_SETTINGS": str(tmp_path / "shared.toml")}, tmp_path)
            async with adapters_of(settings, Extras()) as adapters:
                await swept(adapters)
            assert len(_payloads(shared)) < 60
            process.send_signal(signal.SIGCONT)
            await asyncio.to_thread(process.wait, PATIENCE)
            assert process.returncode == 0
    assert len(_payloads(shared)) == FEW
    again = shell.json(*words)
    assert (again["verified"], again["payloads"], again["counts"]["versions"]) == (True, 0, FEW)


@contextmanager
def _held_up(source: Path, target: Path) -> Iterator[None]:
    """Meanwhile no copy gets to its end: one of the last payloads cannot be put, for its folder is locked."""
    alone = Counter(path.parent.name for path in _payloads(source))
    found = [path for path in _payloads(source) if alone[path.parent.name] == 1]
    last = max(found, key=lambda path: int(path.read_bytes()))
    folder = target / last.parent.relative_to(source)
    folder.mkdir(parents=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _kill_when(process: subprocess.Popen[bytes], event: Callable[[], bool]) -> None:
    assert eventually(event, PATIENCE, 0.002)
    process.kill()
    process.wait(PATIENCE)


def _holds(home: Path, enough: int) -> bool:
    return len(_payloads(home)) >= enough


def _payloads(home: Path) -> list[Path]:
    return [path for path in (home / "payloads" / "local").rglob("*") if path.is_file()]


def test_a_home_moves_to_postgres_and_back(room: Room, postgres_database: PostgresDatabase) -> None:
    """By a settings file: records in a database, payloads in files; and back into a home that says the same."""
    _write_shared(room.folder, postgres_database)
    report = room.json("copy", "--from", "local", "--to", "shared.toml")
    said = answers(room)
    there = Room(room.folder, {"ARTIFACT_PLANE_SETTINGS": "shared.toml"})
    assert answers(there) == said
    back = room.json("copy", "--from", "shared.toml", "--to", "local", "--to-home", "back")
    assert back["counts"] == report["counts"]
    assert answers(room, "--home", "back") == said


def _write_shared(folder: Path, database: PostgresDatabase, lease: float = 15) -> None:
    """The settings of a plane with its records in the database, and its payloads in files."""
    (folder / "shared.toml").write_text(
        f"""profile = "cloud"
lineage = "postgres"
payloads = "filesystem"
working_memory = "none"
home = "shared"

[postgres]
dsn = "{database.runtime}"
lease = {lease}
"""
    )


async def test_a_home_moves_to_the_cloud_and_back(tmp_path: Path, cloud_servers: CloudServers) -> None:
    """Postgres and a bucket: everything arrives, payloads under the target's own addresses, and comes back.

    Damage is found before it arrives there, too.
    """
    await fill(tmp_path, 30)
    local, back = Settings(home=tmp_path / ".artifact-plane"), Settings(home=tmp_path / "back")
    cloud = cloud_settings(cloud_servers, *await cloud_servers.prepare(), home=tmp_path / "cloud")
    (file,) = [path for path in _payloads(local.home) if path.read_bytes() == b"7"]
    file.write_bytes(b"8")
    with pytest.raises(Damaged, match="does not match"):
        await copy_home(local, cloud, lambda _: None)
    file.write_bytes(b"7")
    up = await copy_home(local, cloud, lambda _: None)
    assert up.payloads == 30
    down = await copy_home(cloud, back, lambda _: None)
    assert down.counts == up.counts
    async with open_application(settings=cloud) as application:
        content = await application.plane.open_content("a7", "local", "file")
        assert content.size == 1
    async with open_application(settings=back) as application:
        assert await application.plane.get_meaning("a7", "local") == b'{"number":7}'
