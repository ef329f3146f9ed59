"""How ``ap`` is called: help, options and words that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact_plane.adapters.cli import OpenOptions
from artifact_plane.domain.model.artifact import ArtifactFilter
from tests.unit.cli.script import ID
from tests.unit.cli.stage import Stage


class TestWords:
    """From words to a call."""

    def test_no_words_show_the_help_page(self, stage: Stage) -> None:
        answer = stage.ap()
        assert answer.code == 0
        assert "demo" in answer.out and "lineage" in answer.out

    def test_every_command_has_a_help_page(self, stage: Stage) -> None:
        for command in ("demo", "run", "ls", "show", "get", "put", "rm", "lineage", "execution", "explain", "events"):
            answer = stage.ap(command, "--help")
            assert (answer.code, answer.err) == (0, "")
            assert "--json" in answer.out

    def test_the_version_is_shown(self, stage: Stage) -> None:
        assert stage.ap("--version").out.startswith("artifact-plane ")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["shw", ID], "show"),
            (["ls", "--sesion", "s"], "--session"),
            (["ls", "--limit", "many"], "many"),
            (["ls", "surplus"], "surplus"),
            (["show"], "ID"),
            (["ls", "--home"], "--home"),
            (["ls", "--state", "lost"], "lost"),
            (["--json"], "--json"),
            (["policy", "shw"], "show"),
            (["run", "parse_content", "--dryrun"], "--dry-run"),
        ],
    )
    def test_words_that_do_not_fit_are_refused_by_name(self, stage: Stage, words: list[str], told: str) -> None:
        answer = stage.ap(*words)
        assert answer.code == 2
        assert told in answer.err
        assert answer.out == ""

    def test_a_policy_is_put_at_home_and_by_no_service(self, stage: Stage) -> None:
        """It would be put in force here, and not where it was meant to be."""
        answer = stage.ap("policy", "put", "--remove", "--platform", "--server", "http://127.0.0.1:9")
        assert answer.code == 2
        assert "works on a home" in answer.err and "--server" in answer.err

    def test_an_error_says_what_where_and_what_to_do(self, stage: Stage) -> None:
        answer = stage.ap("show", "zz")
        assert answer.code == 3
        assert answer.err.splitlines() == [
            "error: no artifact's id begins so",
            "  where: artifact zz",
            "  what to do: see `ap ls`",
        ]

    def test_with_json_an_error_is_a_document_on_standard_error(self, stage: Stage) -> None:
        answer = stage.ap("show", "zz", "--json")
        assert (answer.code, answer.out) == (3, "")
        assert answer.error == {
            "code": "not_found",
            "message": "no artifact's id begins so",
            "where": "artifact zz",
            "remedy": "see `ap ls`",
        }

    def test_with_json_words_that_do_not_fit_are_a_document_too(self, stage: Stage) -> None:
        assert stage.ap("ls", "--nope", "--json").error["code"] == "invalid_input"

    def test_the_common_options_reach_whoever_opens_the_plane(self, stage: Stage) -> None:
        stage.ap("ls", "--home", "h", "--profile", "memory", "--tenant", "acme")
        assert stage.script.opened == [OpenOptions(profile="memory", home=Path("h"), tenant="acme")]
        assert stage.script.asked == [("acme", ArtifactFilter(), 50, None)]

    @pytest.mark.parametrize("tenant", ["a/b", "", "..", "x" * 300, "a:b", "a b", "é"])
    def test_a_tenant_that_is_no_id_is_refused(self, stage: Stage, tenant: str) -> None:
        assert stage.ap("ls", "--tenant", tenant).code == 2

    @pytest.mark.parametrize("command", ["show", "get", "rm", "lineage", "explain", "execution"])
    @pytest.mark.parametrize("given", ["a/b", "../x", "x" * 300, "a\0b", "\udcff", "a:b", "é"])
    def test_an_id_that_is_none_is_refused_by_every_command(self, stage: Stage, command: str, given: str) -> None:
        answer = stage.ap(command, given, "--json")
        assert answer.code == 2
        assert answer.error["code"] == "invalid_input"
