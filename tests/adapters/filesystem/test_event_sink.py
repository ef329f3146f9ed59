"""The event sink in a file: one event, one whole line, whatever is in the event and whatever happens."""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import os
import stat
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.filesystem.event_sink import JsonLinesEventSink
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.errors import Damaged, Unavailable
from tests.adapters.filesystem.effects import FailingEffects, LockWatch, WatchedEffects
from tests.adapters.filesystem.stores import names_in
from tests.contracts.event_sink import EventSinkContract
from tests.doubles.samples import an_event


def events_in(path: Path) -> list[Event]:
    """The events that the file's lines say."""
    if not path.exists():
        return []
    return [_event(line) for line in path.read_bytes().split(b"\n")[:-1]]


def _event(line: bytes) -> Event:
    fields = json.loads(line)
    return Event(**{**fields, "at": datetime.fromisoformat(fields["at"])})


class TestJsonLinesEventSink(EventSinkContract):
    """The port's suite."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> JsonLinesEventSink:
        """A sink whose file is not there yet."""
        return JsonLinesEventSink(tmp_path / "events.jsonl")

    @pytest.fixture
    def delivered(self, tmp_path: Path) -> Callable[[], Sequence[Event]]:
        """The file's lines."""
        return lambda: events_in(tmp_path / "events.jsonl")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the events go."""
    return tmp_path / "events.jsonl"


NASTY = "".join(map(chr, [*range(32), 0x7F, 0x85, 0x9B, 0x2028, 0x2029, 0x202E, 0xFEFF])) + '\\"\r\n{"event_id":"x"}'


async def test_nothing_in_an_event_breaks_or_fakes_a_line(path: Path) -> None:
    """X06: line breaks of every kind, control characters and escape codes arrive escaped, and can be read back."""
    event = attrs.evolve(an_event(), subject=NASTY, body={NASTY: [NASTY, "<img src=x onerror=alert(1)>"]})
    await JsonLinesEventSink(path).publish(event)
    line = path.read_bytes()
    assert line.endswith(b"\n")
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    assert events_in(path) == [event]


async def test_each_event_is_one_write_made_durable(path: Path) -> None:
    """So are the lines of several processes never mixed; and the first one's file survives a loss of power."""
    effects = WatchedEffects()
    sink = JsonLinesEventSink(path, effects=effects)
    await sink.publish(an_event("e1"))
    await sink.publish(an_event("e2"))
    assert effects.done == ["create", "sync_folder", "write", "sync_file", "write", "sync_file"]


async def test_many_who_publish_at_once_each_have_their_line(path: Path) -> None:
    """Several sinks on one file, as several processes have them."""
    events = [attrs.evolve(an_event(f"e{number}"), body={"text": "x" * 5000}) for number in range(50)]
    await asyncio.gather(*(JsonLinesEventSink(path).publish(event) for event in events))
    assert sorted(event.event_id for event in events_in(path)) == sorted(event.event_id for event in events)


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
async def test_the_file_is_private_whatever_the_umask(path: Path, mask: int) -> None:
    """A20: 0600."""
    before = os.umask(mask)
    try:
        await JsonLinesEventSink(path).publish(an_event())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_event_that_cannot_be_written_wholly_leaves_the_file_as_it_was(path: Path) -> None:
    """A full disk, at each effect: an error to the relay, no half line, and the next event arrives."""
    for number in itertools.count(1):
        effects = FailingEffects(errno.ENOSPC)
        sink = JsonLinesEventSink(path, effects=effects)
        effects.arm(number)
        before = events_in(path)
        try:
            await sink.publish(an_event(f"e{number}"))
        except Unavailable as error:
            assert error.where == str(path)
            assert events_in(path) == before
        finished = effects.disarmed()
        await sink.publish(an_event(f"after-{number}"))
        assert events_in(path)[-1] == an_event(f"after-{number}")
        if finished:
            break
    assert number == 3
    path.unlink()
    effects.arm(2)
    with pytest.raises(Unavailable):
        await sink.publish(an_event())
    assert path.read_bytes() == b""


async def test_a_line_that_a_crash_has_cut_is_closed(path: Path) -> None:
    """It stays the only line that does not parse."""
    sink = JsonLinesEventSink(path)
    await sink.publish(an_event("e1"))
    with path.open("ab") as file:
        file.write(b'{"event_id":"cut')
    await sink.publish(an_event("e2"))
    first, cut, second, rest = path.read_bytes().split(b"\n")
    assert (_event(first), cut, _event(second), rest) == (an_event("e1"), b'{"event_id":"cut', an_event("e2"), b"")


async def test_a_file_that_was_renamed_away_is_begun_anew(path: Path) -> None:
    """Whoever rotates the file need tell nobody."""
    sink = JsonLinesEventSink(path)
    await sink.publish(an_event("e1"))
    path.rename(path.with_name("events.1"))
    await sink.publish(an_event("e2"))
    assert events_in(path) == [an_event("e2")]


@pytest.mark.parametrize(
    "plant",
    [
        lambda place, canary: place.symlink_to(canary),
        lambda place, canary: place.symlink_to(canary.with_name("absent")),
        lambda place, canary: os.mkfifo(place),
    ],
    ids=["link", "dangling", "pipe"],
)
async def test_a_link_or_pipe_in_the_files_place_is_refused(
    path: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    """A06: never followed, never waited for."""
    canary = tmp_path / "canary"
    canary.write_bytes(b"do not touch")
    plant(path, canary)
    with pytest.raises(Damaged) as caught:
        await JsonLinesEventSink(path).publish(an_event())
    assert caught.value.where == str(path)
    assert canary.read_bytes() == b"do not touch"
    assert not (tmp_path / "absent").exists()


async def test_a_folder_that_is_not_there_is_an_error(path: Path) -> None:
    """The sink makes its file, not its folder."""
    with pytest.raises(Unavailable, match="not there"):
        await JsonLinesEventSink(path.parent / "absent" / "events.jsonl").publish(an_event())
    assert names_in(path.parent) == []


async def test_a_folder_in_the_files_place_is_an_error(path: Path) -> None:
    """It names the place."""
    path.mkdir()
    with pytest.raises(Unavailable, match="a folder") as caught:
        await JsonLinesEventSink(path).publish(an_event())
    assert caught.value.where == str(path)


async def test_a_line_is_written_and_taken_back_under_a_lock(path: Path) -> None:
    """Or the line of another process, written meanwhile, would be cut too."""
    effects = LockWatch(path)
    await JsonLinesEventSink(path, effects=effects).publish(an_event())
    assert effects.held == ["write", "sync_file"]
