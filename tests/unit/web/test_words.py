"""Facts in words."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from artifact_plane.adapters.web import words
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.lineage import Relation
from tests.doubles.samples import NOW, a_ruling


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (30_000_000, "28.6 MiB"),
        (2**60, "1024.0 PiB"),
    ],
)
def test_sizes_have_units(count: int | None, told: str) -> None:
    """Bytes below a kibibyte, then the unit that fits."""
    assert words.size(count) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "just now"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (7_200, "2 hours ago"),
        (86_400 * 3, "3 days ago"),
        (86_400 * 800, "2 years ago"),
        (-60, "in 1 minute"),
    ],
)
def test_times_are_told_relative_to_now(seconds: int, told: str) -> None:
    """Both ways, in the largest unit."""
    assert words.relatively(NOW - timedelta(seconds=seconds), NOW) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0042, "4 ms"), (0.24, "0.24 s"), (192, "3 min 12 s"), (3_900, "1 h 5 min")]
)
def test_a_lapse_is_as_exact_as_it_matters(seconds: float, told: str) -> None:
    """Thousandths of a second, hundredths, then minutes, then hours."""
    assert words.lapse(NOW, NOW + timedelta(seconds=seconds)) == told


def test_a_sentence_begins_as_one_and_quotes_as_it_was() -> None:
    """What is quoted is a name, and names have no other form."""
    assert words.sentence("it is late") == "It is late"
    assert words.sentence("'parse' needs a file") == "'parse' needs a file"


def test_every_layer_has_an_authority_and_every_relation_words() -> None:
    """A new one that nobody put into words is an error here, not on a page."""
    for layer in Layer:
        assert words.authority(attrs.evolve(a_ruling(), layer=layer))
    assert set(words.RELATIONS) == set(Relation)


def test_the_extent_says_for_how_long_or_as_what() -> None:
    """A time to live, a retention class, or nothing."""
    assert words.extent(a_ruling(MaterializationDecision.CACHE)) == "for 1 hour"
    assert words.extent(a_ruling(retention="client-records")) == "as client-records"
    assert words.extent(a_ruling()) == ""
