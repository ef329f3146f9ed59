"""Links and strange things in the store's folders are never followed; what the store makes is private (A06, A20)."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from artifact_plane.adapters.filesystem.durable import FileEffects
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.ports.payload_store import StoredPayload
from tests.adapters.filesystem.effects import WatchedEffects
from tests.adapters.filesystem.stores import TENANT, a_store, digest_of, names_in, put, read

T = TypeVar("T")
CONTENT = b"a payload"
DIGEST = digest_of(CONTENT)
DIGITS = DIGEST.partition(":")[2]
CANARY = b"do not touch"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the root with a canary in it, which must be the same afterwards and alone."""
    folder = tmp_path / "outside"
    folder.mkdir(mode=0o755)
    (folder / "canary").write_bytes(CANARY)
    os.utime(folder / "canary", ns=(1, 1))
    yield folder
    assert names_in(folder) == ["canary"]
    assert (folder / "canary").read_bytes() == CANARY
    assert (folder / "canary").stat().st_mtime_ns == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


async def every_call_refuses(root: Path, place: Path, seen: StoredPayload) -> None:
    """Put, find, source, delete and list all raise Damaged and name the place."""
    async with a_store(root) as store:

        async def listed() -> None:
            assert [payload async for payload in store.list(TENANT)]

        calls: list[Callable[[], object]] = [
            lambda: put(store, CONTENT),
            lambda: store.find(TENANT, DIGEST),
            lambda: store.source(TENANT, DIGEST),
            lambda: store.delete(seen),
            listed,
        ]
        for call in calls:
            with pytest.raises(Damaged) as caught:
                await call()  # type: ignore[misc]
            assert caught.value.where == str(place)


async def a_payload(root: Path) -> StoredPayload:
    """Put the payload in a store of its own."""
    async with a_store(root) as store:
        return await put(store, CONTENT)


def a_link_to_a_file(place: Path, outside: Path) -> None:
    """A link to the canary."""
    place.symlink_to(outside / "canary")


def a_link_to_a_folder(place: Path, outside: Path) -> None:
    """A link to the folder outside."""
    place.symlink_to(outside)


def a_dangling_link(place: Path, outside: Path) -> None:
    """A link to what is not there, and must not be made."""
    place.symlink_to(outside / "absent")


def a_pipe(place: Path, outside: Path) -> None:
    """A pipe that nobody writes to: who opens it carelessly waits for ever."""
    os.mkfifo(place)


def a_socket(place: Path, outside: Path) -> None:
    """A socket."""
    here = Path.cwd()
    os.chdir(place.parent)  # its whole path would be too long for a socket
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(place.name)
    finally:
        os.chdir(here)


PLANTS = [a_link_to_a_file, a_link_to_a_folder, a_dangling_link, a_pipe, a_socket]
Plant = Callable[[Path, Path], None]


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_lies_in_the_place_of_a_payload_is_refused(tmp_path: Path, outside: Path, plant: Plant) -> None:
    """A06: planted as a file; nothing is read, written, renewed or removed through it."""
    root = tmp_path / "payloads"
    stored = await a_payload(root)
    place = root / stored.location
    place.unlink()
    plant(place, outside)
    await every_call_refuses(root, place, stored)
    assert not stat.S_ISREG(place.lstat().st_mode)


@pytest.mark.parametrize("level", [0, 1, 2], ids=["tenant", "algorithm", "shard"])
@pytest.mark.parametrize("plant", [a_link_to_a_file, a_link_to_a_folder, a_dangling_link, a_pipe])
async def test_what_lies_in_the_place_of_a_folder_is_refused(
    tmp_path: Path, outside: Path, plant: Plant, level: int
) -> None:
    """A06: planted as a folder, at each level."""
    root = tmp_path / "payloads"
    stored = await a_payload(root)
    place = root.joinpath(*stored.location.split("/")[: level + 1])
    place.rename(tmp_path / "away")
    plant(place, outside)
    await every_call_refuses(root, place, stored)


@pytest.mark.parametrize("plant", [a_link_to_a_file, a_link_to_a_folder, a_dangling_link])
async def test_a_link_in_the_place_of_scratch_is_refused(tmp_path: Path, outside: Path, plant: Plant) -> None:
    """Neither swept through nor written through."""
    root = tmp_path / "payloads"
    root.mkdir()
    plant(root / ".scratch", outside)
    with pytest.raises(Damaged, match="scratch"):
        async with a_store(root):
            pass


async def test_a_link_among_the_scratch_of_the_dead_is_refused(tmp_path: Path, outside: Path) -> None:
    """A folder to be swept that is a link: what it leads to stays."""
    root = tmp_path / "payloads"
    (root / ".scratch").mkdir(parents=True)
    (root / ".scratch" / "1-0").symlink_to(outside)
    with pytest.raises(Damaged, match="1-0"):
        async with a_store(root):
            pass


async def test_a_link_in_the_scratch_of_the_dead_is_removed_and_not_followed(tmp_path: Path, outside: Path) -> None:
    """The link goes, the canary stays."""
    root = tmp_path / "payloads"
    (root / ".scratch" / "1-0").mkdir(parents=True)
    (root / ".scratch" / "1-0" / "1").symlink_to(outside / "canary")
    async with a_store(root):
        assert names_in(root / ".scratch") == []


@pytest.mark.parametrize("plant", [a_link_to_a_file, a_link_to_a_folder])
async def test_a_link_in_the_place_of_the_root_is_refused(tmp_path: Path, outside: Path, plant: Plant) -> None:
    """A link above the root is its owner's; the root itself is none."""
    plant(tmp_path / "payloads", outside)
    with pytest.raises(Damaged, match="payloads"):
        async with a_store(tmp_path / "payloads"):
            pass


async def test_a_dangling_link_in_the_place_of_the_root_is_refused_by_the_first_put(
    tmp_path: Path, outside: Path
) -> None:
    """What it leads to is not made."""
    (tmp_path / "payloads").symlink_to(outside / "absent")
    with pytest.raises(Damaged, match="payloads"):
        async with a_store(tmp_path / "payloads") as store:
            await put(store, CONTENT)


async def test_a_link_above_the_root_is_its_owners(tmp_path: Path) -> None:
    """A home may be a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    async with a_store(tmp_path / "home" / "payloads") as store:
        await put(store, CONTENT)
    assert names_in(tmp_path / "real") == ["payloads"]


@pytest.mark.parametrize("plant", PLANTS)
async def test_a_payload_swapped_after_it_was_found_is_not_followed(
    tmp_path: Path, outside: Path, plant: Plant
) -> None:
    """A06: a source is opened again and again, and looks each time."""
    root = tmp_path / "payloads"
    async with a_store(root) as store:
        stored = await put(store, CONTENT)
        source = await store.source(TENANT, DIGEST)
        place = root / stored.location
        place.unlink()
        plant(place, outside)
        with pytest.raises(Damaged) as caught:
            source.open()
    assert caught.value.where == str(place)


class Intruder(WatchedEffects):
    """Puts a link in the place of something just before an effect of the store."""

    def __init__(self, before: str, place: Path, target: Path) -> None:
        super().__init__()
        self._before = before
        self._place = place
        self._target = target

    def around(self, name: str, effect: Callable[[], T]) -> T:
        if name == self._before and not self._place.is_symlink():
            if self._place.exists():
                self._place.rename(self._place.with_name("away"))
            self._place.symlink_to(self._target)
        return super().around(name, effect)


async def test_a_folder_swapped_after_the_check_is_not_followed(tmp_path: Path, outside: Path) -> None:
    """A06: the store goes on in the folder that it opened, whatever bears its name now."""
    root = tmp_path / "payloads"
    shard = root / TENANT / "blake3" / DIGITS[:2]
    async with a_store(root, effects=Intruder("rename", shard, outside)) as store:
        await put(store, CONTENT)
        assert (shard.with_name("away") / DIGITS).read_bytes() == CONTENT
        with pytest.raises(Damaged) as caught:
            await store.find(TENANT, DIGEST)
    assert caught.value.where == str(shard)


async def test_a_folder_swapped_before_it_is_made_is_not_followed(tmp_path: Path, outside: Path) -> None:
    """The link is there first: the folder cannot be made, and the link is refused."""
    root = tmp_path / "payloads"
    root.mkdir()
    place = root / TENANT
    async with a_store(root, effects=Intruder("make_folder", place, outside)) as store:
        with pytest.raises(Damaged) as caught:
            await put(store, CONTENT)
    assert caught.value.where == str(place)


async def test_a_link_planted_before_the_rename_is_replaced_and_not_followed(tmp_path: Path, outside: Path) -> None:
    """The payload takes the link's place; what it led to stays."""
    root = tmp_path / "payloads"
    place = root / TENANT / "blake3" / DIGITS[:2] / DIGITS
    async with a_store(root, effects=Intruder("rename", place, outside / "canary")) as store:
        await put(store, CONTENT)
        assert not place.is_symlink()
        assert await read(store, DIGEST) == CONTENT


# Private, whatever the umask


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The process's umask, for a while."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


class Modes(FileEffects):
    """Looks at every file and folder at the moment it was made."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def make_folder(self, parent: int, name: str) -> None:
        super().make_folder(parent, name)
        self.seen.add(oct(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode))

    def create(self, folder: int, name: str, flags: int = os.O_WRONLY) -> int:
        descriptor = super().create(folder, name, flags)
        self.seen.add(oct(os.fstat(descriptor).st_mode))
        return descriptor


async def test_everything_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """A20: 0700 and 0600, in scratch too, from the moment they are made."""
    home = tmp_path / "home"
    effects = Modes()
    async with a_store(home / "payloads", effects=effects) as store:
        await put(store, CONTENT)
        await put(store, CONTENT)
    assert effects.seen == {"0o40700", "0o100600"}
    for path in [home, *home.rglob("*")]:
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600)
