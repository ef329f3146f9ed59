"""The working memory in memory keeps its port's law, and its own bounds."""

from __future__ import annotations

import attrs
import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.memory.working_memory import MemoryWorkingMemory
from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory
from tests.contracts.under_test import MemoryBackdoor, WorkingMemoryUnderTest
from tests.contracts.working_memory import KEY, WorkingMemoryContract, recall, remember
from tests.doubles.samples import NOW, a_digest, at


@attrs.frozen
class DictBackdoor(MemoryBackdoor):
    """Looks into the dict itself."""

    memory: MemoryWorkingMemory

    async def read(self, key: MemoryKey) -> bytes | None:
        entry = self.memory.entries.get(key)
        return None if entry is None else entry.value

    async def write(self, key: MemoryKey, data: bytes) -> None:
        self.memory.entries[key] = attrs.evolve(self.memory.entries[key], value=data)


class TestMemoryWorkingMemory(WorkingMemoryContract):
    """Everything that ``WorkingMemoryContract`` says."""

    @pytest.fixture
    def memory(self) -> WorkingMemoryUnderTest:
        memory = MemoryWorkingMemory(JsonCodec().hasher)

        async def reopen() -> WorkingMemory:
            return memory

        return WorkingMemoryUnderTest(memory=memory, reopen=reopen, backdoor=DictBackdoor(memory))


def key(number: int) -> MemoryKey:
    """One key of many."""
    return attrs.evolve(KEY, artifact_id=f"artifact-{number}")


async def test_what_was_remembered_first_makes_room_for_what_comes() -> None:
    """The bytes of all entries together are bounded; the oldest go first."""
    memory = MemoryWorkingMemory(JsonCodec().hasher, largest_entry=10, largest_total=25)
    for number in range(4):
        assert await remember(memory, key(number), b"x" * 10)
    kept = [await recall(memory, key(number), b"x" * 10) is not None for number in range(4)]
    assert kept == [False, False, True, True]


async def test_what_has_expired_makes_room_before_what_has_not() -> None:
    """A value that is still good is not dropped while there are dead ones."""
    memory = MemoryWorkingMemory(JsonCodec().hasher, largest_entry=10, largest_total=20)
    await remember(memory, key(0), b"good", expires_at=at(100))
    await remember(memory, key(1), b"x" * 10, expires_at=at(1))
    value = b"y" * 10
    kept = await memory.remember(key(2), value, a_digest(value), now=at(2), expires_at=at(60), session_id="session-1")
    assert kept
    assert await recall(memory, key(0), b"good", at(2)) == b"good"


async def test_room_that_was_given_back_is_room_again() -> None:
    """Replacing and forgetting are counted, however often it happens."""
    memory = MemoryWorkingMemory(JsonCodec().hasher, largest_entry=10, largest_total=20)
    await remember(memory, key(0), b"kept")
    for _ in range(10):
        assert await remember(memory, key(1), b"x" * 10)
        await remember(memory, key(2), b"x" * 6)
        await memory.forget(KEY.tenant_id, "artifact-2")
    assert await recall(memory, key(0), b"kept", NOW) == b"kept"
