"""The circuit breaker: closed, open, half open, on a time of the test's own."""

from __future__ import annotations

import attrs

from artifact_plane.adapters.redis.breaker import Breaker, Circuit


@attrs.define
class Hours:
    """A monotonic time that moves when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def a_closed_breaker(hours: Hours) -> Breaker:
    """One whose first probe went well; it opens at three failures and cools down for ten seconds."""
    breaker = Breaker(failures=3, cool_down=10, monotonic=hours)
    breaker.probe_ended(well=True)
    return breaker


def test_nothing_passes_before_the_first_probe_has_ended() -> None:
    """It begins half open, and gives out no second probe."""
    breaker = Breaker(failures=3, cool_down=0, monotonic=Hours())
    assert breaker.state is Circuit.HALF_OPEN
    assert not breaker.take_probe()
    breaker.probe_ended(well=True)
    assert breaker.closed


def test_it_opens_at_so_many_failures_in_a_row() -> None:
    """A success in between begins the count anew."""
    breaker = a_closed_breaker(Hours())
    for _ in range(3):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.closed
    breaker.failed()
    breaker.failed()
    assert breaker.closed
    breaker.failed()
    assert not breaker.closed


def test_one_probe_is_given_out_after_the_cool_down() -> None:
    """Not before, and not a second one while the first is out."""
    hours = Hours()
    breaker = a_closed_breaker(hours)
    breaker.trip()
    hours.now += 9.9
    assert not breaker.take_probe()
    hours.now += 0.1
    assert breaker.take_probe()
    assert not breaker.take_probe()
    assert not breaker.closed


def test_a_probe_that_goes_well_closes_it_and_forgets_the_failures() -> None:
    hours = Hours()
    breaker = a_closed_breaker(hours)
    for _ in range(3):
        breaker.failed()
    hours.now += 10
    assert breaker.take_probe()
    breaker.probe_ended(well=True)
    assert breaker.closed
    breaker.failed()
    assert breaker.closed


def test_a_probe_that_fails_begins_the_cool_down_anew() -> None:
    hours = Hours()
    breaker = a_closed_breaker(hours)
    breaker.trip()
    hours.now += 15
    assert breaker.take_probe()
    breaker.probe_ended(well=False)
    hours.now += 9.9
    assert not breaker.take_probe()
    hours.now += 0.1
    assert breaker.take_probe()


def test_calls_that_began_before_it_opened_change_nothing() -> None:
    """A late success does not close it, a late failure or trip neither prolongs the cool-down nor ends the probe."""
    hours = Hours()
    breaker = a_closed_breaker(hours)
    breaker.trip()
    hours.now += 9
    breaker.succeeded()
    breaker.failed()
    breaker.trip()
    assert not breaker.closed
    hours.now += 1
    assert breaker.take_probe()
    breaker.trip()
    assert not breaker.take_probe()
    breaker.probe_ended(well=True)
    assert breaker.closed
