"""Every bound of the service is a setting, and stands in the list of limits."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

import attrs

from artifact_plane.adapters.http.settings import HttpSettings

HABITS = {
    "port",
    "keep_alive_seconds",
    "session_seconds",
    "invitation_seconds",
    "stop_seconds",
    "recover_seconds",
}
"""Numbers that bound nothing a request may do."""


def limits() -> dict[str, str]:
    """The rows of the list, by the settings that each names."""
    text = (Path(__file__).parents[3] / "docs" / "http.md").read_text("utf-8").partition("\n## Limits\n")[2]
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    named = [(re.findall(r"`(\w+)`", row[1]), re.findall(r"[\d,]*\d ?(?:s|h|KiB|MiB|GiB|)\b", row[2])) for row in rows]
    return {
        name: told for names, tolds in named for name, told in zip_longest(names, tolds[: len(names)], fillvalue="")
    }


def test_every_bound_of_the_service_is_listed() -> None:
    attrs.resolve_types(HttpSettings)
    numbers = {field.name for field in attrs.fields(HttpSettings) if field.type is int}
    assert numbers - HABITS == {*limits()} - {"meaning_bytes", "metadata_bytes"}


def test_defaults_are_those_that_are_listed() -> None:
    """Each in the unit in which it stands there."""
    units = {"": 1, "s": 1, "h": 3_600, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    seen = 0
    for name, told in limits().items():
        found = re.fullmatch(r"([\d,]+) ?(s|h|KiB|MiB|GiB|)", told)
        if found is not None and hasattr(HttpSettings(), name):
            assert getattr(HttpSettings(), name) == int(found[1].replace(",", "")) * units[found[2]], name
            seen += 1
    assert seen > 15
