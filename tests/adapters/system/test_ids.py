"""UUIDv7 ids keep their port's law, whatever the clock does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifact_plane.adapters.system.ids import UuidIds
from tests.contracts.clock import IdSourceContract


class TestUuidIds(IdSourceContract):
    """Everything that ``IdSourceContract`` says."""

    @pytest.fixture
    def ids(self) -> UuidIds:
        return UuidIds()


def uuid7(time: int, random: int) -> str:
    """A UUIDv7 of that time (ms) with those 74 random bits."""
    high, low = random >> 62, random & (2**62 - 1)
    return str(UUID(int=(time << 80) | (7 << 76) | (high << 64) | (0b10 << 62) | low))


fresh = st.builds(uuid7, st.integers(1, 2**48 - 2), st.integers(0, 2**74 - 1))


@given(st.lists(fresh, min_size=1, max_size=20))
@example([uuid7(5, 2**74 - 1), uuid7(5, 2**74 - 1)])
@example([uuid7(5, 2**62 - 1), uuid7(4, 0)])
@example([uuid7(9, 3), uuid7(1, 0), uuid7(9, 4)])
def test_ids_rise_even_when_the_clock_is_set_back(given_ids: list[str]) -> None:
    """Each id sorts after the one before and is a UUIDv7; a fresh one that does so itself is taken as it is."""
    ids = UuidIds(iter(given_ids).__next__)
    made = [ids.new_id() for _ in given_ids]
    assert made == sorted(set(made))
    assert {(UUID(one).version, UUID(one).variant) for one in made} == {(7, "specified in RFC 4122")}
    if given_ids == sorted(set(given_ids)):
        assert made == given_ids


def test_ids_of_many_threads_rise_in_each_of_them() -> None:
    """One object serves all threads: no id twice, and in each thread they rise."""
    ids = UuidIds()
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [ids.new_id() for _ in range(2_000)], range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    assert len({one for batch in batches for one in batch}) == 16_000
