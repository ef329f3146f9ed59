"""A user's file as a byte source: plain files only, each time the same bytes, and a clear word otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from artifact_plane.adapters.filesystem.byte_source import FileSource
from artifact_plane.domain.model.errors import InvalidInput
from tests.adapters.filesystem.stores import a_store, files_below, put, read
from tests.contracts.sources import read_all

CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A user's file."""
    file = tmp_path / "claims.csv"
    file.write_bytes(CONTENT)
    return file


def test_it_yields_the_files_bytes_again_and_again(path: Path) -> None:
    """Each reader begins anew; several may be open at once; the size is the file's."""
    source = FileSource(path)
    assert source.size == len(CONTENT)
    with source.open() as one, source.open() as other:
        assert one.read(7) == other.read(7) == CONTENT[:7]
        assert one.read() == other.read() == CONTENT[7:]
    assert read_all(source) == CONTENT


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 0), (0, 5), (3, 9), (5, 5), (9, 3), (100, None), (512_000, None), (600_000, None), (0, 600_000), (-5, None)],
)
def test_a_range_is_that_of_a_slice(path: Path, start: int, stop: int | None) -> None:
    """The same as for bytes in memory."""
    assert read_all(FileSource(path), start, stop) == CONTENT[start:stop]


def test_a_reader_can_be_read_by_lines_and_in_pieces(tmp_path: Path) -> None:
    """It is a whole binary reader."""
    (tmp_path / "lines").write_bytes(b"one\ntwo\nthree")
    with FileSource(tmp_path / "lines").open(4) as reader:
        assert list(reader) == [b"two\n", b"three"]
    assert reader.closed


def test_an_empty_file_is_one_too(tmp_path: Path) -> None:
    """Size 0, and no bytes."""
    (tmp_path / "empty").touch()
    assert (FileSource(tmp_path / "empty").size, read_all(FileSource(tmp_path / "empty"))) == (0, b"")


def test_links_to_a_users_file_are_followed(path: Path, tmp_path: Path) -> None:
    """The path is the user's own."""
    (tmp_path / "link").symlink_to(path)
    assert read_all(FileSource(tmp_path / "link")) == CONTENT


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: None, "No such file"),
        (lambda place: place.mkdir(), "a folder, not a plain file"),
        (lambda place: os.mkfifo(place), "a pipe, not a plain file"),
        (lambda place: place.symlink_to("/dev/null"), "a device, not a plain file"),
        (lambda place: place.symlink_to(place), "symbolic links"),
        (lambda place: place.symlink_to(place / "below"), "symbolic links"),
    ],
    ids=["absent", "folder", "pipe", "device", "loop", "endless"],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    """InvalidInput names the path and says what is wrong and what to do; nobody waits for a pipe."""
    place = tmp_path / "given"
    make(place)
    source = FileSource(place)
    for use in (lambda: source.size, source.open):
        with pytest.raises(InvalidInput, match=said) as caught:
            use()
        assert caught.value.where == str(place)
        assert caught.value.remedy


def test_a_path_with_a_nul_is_refused() -> None:
    """A12: before any file is touched."""
    with pytest.raises(InvalidInput, match="not a path"):
        FileSource(Path("a\0b"))


def test_a_file_that_says_it_is_empty_and_is_not_is_refused() -> None:
    """Files of the kernel have no size: silently taking them as empty would lose what they say."""
    with pytest.raises(InvalidInput):
        read_all(FileSource(Path("/proc/self/status")))


def rewritten(path: Path) -> None:
    """The same size, other bytes."""
    path.write_bytes(CONTENT[::-1])


def grown(path: Path) -> None:
    """One byte more."""
    with path.open("ab") as file:
        file.write(b"x")


def shrunk(path: Path) -> None:
    """Half of it."""
    os.truncate(path, len(CONTENT) // 2)


def replaced(path: Path) -> None:
    """Another file with the same bytes and time stamps."""
    state = path.stat()
    other = path.with_name("other")
    other.write_bytes(CONTENT)
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(path)


CHANGES = [rewritten, grown, shrunk, replaced]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_between_two_openings_is_refused(path: Path, change: Callable[[Path], None]) -> None:
    """What one source yields does not change."""
    os.utime(path, ns=(1, 1))
    source = FileSource(path)
    assert read_all(source) == CONTENT
    change(path)
    with pytest.raises(InvalidInput, match="changed while in use"):
        source.open()
    with pytest.raises(InvalidInput, match="changed while in use"):
        assert source.size


@pytest.mark.parametrize("change", [rewritten, grown, shrunk])
async def test_a_file_that_changes_while_it_is_put_is_refused(
    path: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """The put fails and leaves nothing, though the change came after the file was opened."""
    os.utime(path, ns=(1, 1))

    class Changing(FileSource):
        """A file that somebody changes as soon as it is open."""

        def descriptor(self) -> int:
            descriptor = super().descriptor()
            self.check(os.fstat(descriptor))
            change(path)
            return descriptor

    root = tmp_path / "payloads"
    async with a_store(root) as store:
        with pytest.raises(InvalidInput, match="changed while in use"):
            await put(store, Changing(path))
        assert files_below(root) == []


async def test_a_users_file_goes_into_the_store_as_it_is(path: Path, tmp_path: Path) -> None:
    """And out again."""
    async with a_store(tmp_path / "payloads") as store:
        stored = await put(store, FileSource(path))
        assert await read(store, stored.digest) == CONTENT
