"""``ap serve`` and ``ap token`` against an application that says what its script says."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.adapters.cli.toolbox import ServeOptions
from tests.unit.cli.stage import Stage


@pytest.fixture
def stage(capfd: pytest.CaptureFixture[str]) -> Stage:
    """An empty plane."""
    return Stage(capfd)


def test_people_get_the_link_on_a_line_of_its_own(stage: Stage) -> None:
    """And how to stop."""
    answer = stage.ap("serve", "--port", "0", "--tenant", "acme")
    assert answer.code == 0
    assert "http://127.0.0.1:8470/login?token=x" in [line.strip() for line in answer.out.splitlines()]
    assert "works once" in answer.out and "Ctrl-C" in answer.out


def test_what_is_served_is_what_the_options_say(stage: Stage) -> None:
    """What is not given is for the settings to say."""
    stage.ap("serve", "--json", "--home", "h", "--profile", "memory", "--host", "::1", "--port", "81")
    stage.ap("serve")
    assert stage.script.asked == [
        ServeOptions(profile="memory", home=Path("h"), host="::1", port=81, tenant="local"),
        ServeOptions(tenant="local"),
    ]


def test_programs_get_one_document(stage: Stage) -> None:
    """The address, the link where there is one, and whose it is."""
    told = stage.ap("serve", "--json").document
    assert told == {
        "url": "http://127.0.0.1:8470",
        "link": "http://127.0.0.1:8470/login?token=x",
        "tenant": "local",
    }


@pytest.mark.parametrize("words", [("serve",), ("token",), ("token", "create"), ("token", "list"), ("token", "revoke")])
def test_each_command_has_a_help_page(stage: Stage, words: tuple[str, ...]) -> None:
    """With nothing on standard error."""
    answer = stage.ap(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
