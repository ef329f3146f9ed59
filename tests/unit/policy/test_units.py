"""Durations and sizes of the policy language."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.policy_text import parse_duration, parse_size
from tests.unit.policy.texts import DAY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("24H", DAY),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        ("7y", 7 * 365 * DAY),
        (" 5 m ", 300),
        ("1000y", 1000 * 365 * DAY),
        *(
            (text, None)
            for text in ("", "5", "h", "0s", "-1h", "1.5h", "1h30m", "1 hour", "1mo", "1001y", "9" * 20 + "s")
        ),
        ("١h", None),
    ],
)
def test_durations(text: str, seconds: int | None) -> None:
    """A whole number and a unit; what is not a duration is none."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10b", 10),
        ("30KB", 30_000),
        ("30 MB", 30_000_000),
        ("2gb", 2_000_000_000),
        ("1KiB", 1024),
        ("20MiB", 20 * 2**20),
        ("1gib", 2**30),
        (str(2**53), 2**53),
        *(
            (text, None)
            for text in ("", "MiB", "-1", "1.5MB", "1TB", "1 k", "0x10", "1e3", str(2**53 + 1), "9" * 16 + "GB")
        ),
    ],
)
def test_sizes(text: str, size: int | None) -> None:
    """A whole number, and a unit if wanted: MB is a million, MiB 2^20."""
    assert parse_size(text) == size
