"""The WorkingMemory's law: the right bytes or none, until they expire."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from artifact_plane.ports.working_memory import MemoryKey, WorkingMemory
from tests.contracts.under_test import WorkingMemoryUnderTest
from tests.doubles.samples import NOW, OTHER_TENANT, SESSION, TENANT, a_digest, at

VALUE = b"a chart"
KEY = MemoryKey(tenant_id=TENANT, artifact_id="artifact-1", version=1, part="png")


async def remember(
    memory: WorkingMemory,
    key: MemoryKey = KEY,
    value: bytes = VALUE,
    *,
    expires_at: datetime | None = None,
    session_id: str = SESSION,
) -> bool:
    """Keep ``value`` for a minute from ``NOW``, or until ``expires_at``."""
    until = at(60) if expires_at is None else expires_at
    return await memory.remember(key, value, a_digest(value), now=NOW, expires_at=until, session_id=session_id)


async def recall(
    memory: WorkingMemory, key: MemoryKey = KEY, value: bytes = VALUE, now: datetime = NOW
) -> bytes | None:
    """Ask for ``value`` by its digest."""
    return await memory.recall(key, a_digest(value), now=now)


class WorkingMemoryContract:
    """Subclass it and give the fixture ``memory``. ``largest`` is the adapter's bound of one entry, in bytes."""

    largest: ClassVar[int] = 8 * 1024 * 1024

    async def test_what_was_remembered_is_recalled(self, memory: WorkingMemoryUnderTest) -> None:
        """The value, if it is there: seen by the back door and by another process too."""
        assert await remember(memory.memory)
        assert await memory.backdoor.read(KEY) == VALUE
        assert await recall(memory.memory) == VALUE
        assert await recall(await memory.reopen()) == VALUE

    async def test_what_was_not_remembered_is_a_miss(self, memory: WorkingMemoryUnderTest) -> None:
        """A miss is None and never an error."""
        assert await recall(memory.memory) is None

    async def test_nothing_is_something(self, memory: WorkingMemoryUnderTest) -> None:
        """An empty value is a value."""
        assert await remember(memory.memory, value=b"")
        assert await recall(memory.memory, value=b"") == b""

    async def test_a_value_lives_until_it_expires_and_no_longer(self, memory: WorkingMemoryUnderTest) -> None:
        """Kept until ``expires_at``: there a microsecond before, gone at that very time."""
        await remember(memory.memory, expires_at=at(60))
        assert await recall(memory.memory, now=at(59.999999)) == VALUE
        assert await recall(memory.memory, now=at(60)) is None

    async def test_a_time_that_has_passed_is_not_kept(self, memory: WorkingMemoryUnderTest) -> None:
        """False where it could not be kept: now is already too late."""
        for expires_at in (NOW, at(-1)):
            assert not await remember(memory.memory, expires_at=expires_at)
            assert await recall(memory.memory) is None

    async def test_other_bytes_are_a_miss(self, memory: WorkingMemoryUnderTest) -> None:
        """The value only if its bytes have that digest."""
        await remember(memory.memory)
        assert await recall(memory.memory, value=b"another chart") is None

    async def test_damaged_bytes_are_a_miss(self, memory: WorkingMemoryUnderTest) -> None:
        """Damage is seen when it is read, whatever was remembered about the value."""
        await remember(memory.memory)
        await memory.backdoor.write(KEY, b"a churt")
        assert await recall(memory.memory) is None

    async def test_a_digest_of_an_unknown_kind_is_a_miss(self, memory: WorkingMemoryUnderTest) -> None:
        """A miss is never an error, nor is a digest that nobody here can compute."""
        await remember(memory.memory)
        for digest in ("md5:00", "nonsense", ""):
            assert await memory.memory.recall(KEY, a_digest("x").__class__(digest), now=NOW) is None

    async def test_remembering_again_replaces(self, memory: WorkingMemoryUnderTest) -> None:
        """Replacing what the key had: value, time and session."""
        await remember(memory.memory, expires_at=at(10))
        await remember(memory.memory, value=b"new", expires_at=at(100), session_id="session-2")
        await memory.memory.forget_session(TENANT, SESSION)
        assert await recall(memory.memory) is None
        assert await recall(memory.memory, value=b"new", now=at(99)) == b"new"

    async def test_a_value_as_large_as_the_bound_is_kept_and_a_larger_one_is_not(
        self, memory: WorkingMemoryUnderTest
    ) -> None:
        """Values larger than the adapter's bound are not kept."""
        fitting = b"\x07" * self.largest
        assert await remember(memory.memory, value=fitting)
        assert await recall(memory.memory, value=fitting) == fitting
        large = attrs.evolve(KEY, part="large")
        assert not await remember(memory.memory, large, fitting + b"\x07")
        assert await recall(memory.memory, large, fitting + b"\x07") is None

    async def test_keys_that_are_alike_do_not_meet(self, memory: WorkingMemoryUnderTest) -> None:
        """Tenant, artifact, version and part each tell keys apart (law 16)."""
        keys = [
            KEY,
            attrs.evolve(KEY, tenant_id=OTHER_TENANT),
            attrs.evolve(KEY, artifact_id="artifact-11"),
            attrs.evolve(KEY, version=11),
            attrs.evolve(KEY, part="png.1"),
            MemoryKey(tenant_id="a.b", artifact_id="c", version=1, part="d"),
            MemoryKey(tenant_id="a", artifact_id="b.c", version=1, part="d"),
            MemoryKey(tenant_id="a", artifact_id="b", version=1, part="c.d"),
        ]
        for number, key in enumerate(keys):
            await remember(memory.memory, key, b"%d" % number)
        for number, key in enumerate(keys):
            assert await recall(memory.memory, key, b"%d" % number) == b"%d" % number

    async def test_forget_drops_an_artifact_and_no_other(self, memory: WorkingMemoryUnderTest) -> None:
        """Drop all parts of all versions of an artifact, of this tenant's only, raw bytes and all."""
        own = [KEY, attrs.evolve(KEY, part="svg"), attrs.evolve(KEY, version=2)]
        others = [attrs.evolve(KEY, tenant_id=OTHER_TENANT), attrs.evolve(KEY, artifact_id="artifact-10")]
        for key in own + others:
            await remember(memory.memory, key)
        for _ in range(2):
            await memory.memory.forget(TENANT, "artifact-1")
        assert [await memory.backdoor.read(key) for key in own] == [None] * 3
        assert [await recall(memory.memory, key) for key in others] == [VALUE] * 2

    async def test_forget_session_drops_what_was_remembered_for_it(self, memory: WorkingMemoryUnderTest) -> None:
        """Drop everything that was remembered for a session, of this tenant."""
        own = [KEY, attrs.evolve(KEY, artifact_id="artifact-2")]
        theirs, later = attrs.evolve(KEY, tenant_id=OTHER_TENANT), attrs.evolve(KEY, version=2)
        for key in (*own, theirs):
            await remember(memory.memory, key)
        await remember(memory.memory, later, session_id="session-10")
        await memory.memory.forget_session(TENANT, SESSION)
        assert [await memory.backdoor.read(key) for key in own] == [None, None]
        assert [await recall(memory.memory, key) for key in (theirs, later)] == [VALUE, VALUE]
