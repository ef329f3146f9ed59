"""Facts in words: sizes, times, ids and decisions as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from artifact_plane.adapters.cli.page.blocks import Line, Span, Style, line, quiet
from artifact_plane.domain.model.artifact import Part, Place
from artifact_plane.domain.model.decision import MaterializationDecision, Ruling, TimeToLive
from artifact_plane.domain.model.sizes import size_in_words

_SPANS: Final = ((86_400 * 365, "year"), (86_400, "day"), (3600, "hour"), (60, "minute"))
_DECISIONS: Final = {
    MaterializationDecision.PERSIST: Style.KEPT,
    MaterializationDecision.CACHE: Style.CACHED,
    MaterializationDecision.DISCARD: Style.DROPPED,
}
_PLACES: Final = {
    Place.INLINE: "in the record",
    Place.PAYLOAD_STORE: "in the store",
    Place.WORKING_MEMORY: "in working memory",
    Place.NOWHERE: "dropped",
}

size: Final = size_in_words


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    count, unit = _distance(at, now)
    return f"{counted(count, unit)} ago" if count else "just now"


def age(at: datetime, now: datetime) -> str:
    """How old, in a few characters: ``5m``, ``3h``, ``2d``, ``1y``."""
    count, unit = _distance(at, now)
    return f"{count}{unit[0]}" if count else "now"


def _distance(at: datetime, now: datetime) -> tuple[int, str]:
    """So many of the largest unit that fits; 0 for less than a minute, and for a clock that runs behind."""
    seconds = int((now - at).total_seconds())
    length, unit = next(((one, name) for one, name in _SPANS if seconds >= one), (60, "minute"))
    return max(seconds // length, 0), unit


def exactly(at: datetime) -> str:
    """A time to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def moment(at: datetime, now: datetime) -> Line:
    """When, exactly and as a distance."""
    return line(exactly(at), quiet(f"  {ago(at, now)}"))


def duration(seconds: int) -> str:
    """A length of time in the largest unit that divides it, as in ``1h`` or ``7d``."""
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def ttl(time_to_live: TimeToLive) -> str:
    """How long a cached part is kept."""
    if time_to_live == "session":
        return "until the session ends"
    return "" if time_to_live is None else f"for {duration(time_to_live)}"


def counted(count: int, noun: str) -> str:
    """``1 artifact``, ``2 artifacts``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def short_digest(digest: str | None) -> str:
    """The algorithm and the first twelve digits."""
    algorithm, _, digits = (digest or "").partition(":")
    return f"{algorithm}:{digits[:12]}…" if len(digits) > 12 else digest or "–"


def decision(value: MaterializationDecision) -> Span:
    """PERSIST, CACHE or DISCARD, in its colour."""
    return Span(value.name, _DECISIONS[value])


def because(ruling: Ruling) -> str:
    """The layer and rule that won; named once where they are the same."""
    layer = ruling.layer.value.replace("_", " ")
    return layer if ruling.rule == ruling.layer.value else f"{layer} · {ruling.rule}"


def place(part: Part) -> str:
    """Where a part's bytes are."""
    return _PLACES[part.place]
