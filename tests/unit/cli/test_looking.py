"""``ap ls`` and ``ap show``."""

from __future__ import annotations

import pytest

from artifact_plane.domain.model.artifact import ArtifactFilter
from artifact_plane.domain.model.decision import MaterializationDecision
from tests.unit.cli.script import ID
from tests.unit.cli.stage import Stage


class TestLs:
    """``ap ls``."""

    def test_a_page_names_the_cursor_of_the_next(self, stage: Stage) -> None:
        stage.script.next = "c-1"
        assert "add --after c-1" in stage.ap("ls").out
        document = stage.ap("ls", "--json").document
        assert document["next"] == "c-1"
        assert len(document["artifacts"]) == 1

    def test_an_empty_plane_says_so_in_a_sentence(self, stage: Stage) -> None:
        stage.script.artifacts.clear()
        assert "No artifacts here yet" in stage.ap("ls").out
        assert stage.ap("ls", "--label", "x").out == "No artifact fits.\n"
        assert stage.ap("ls", "--json").document == {"artifacts": [], "next": None}

    def test_every_filter_reaches_the_plane(self, stage: Stage) -> None:
        stage.ap(
            *("ls", "--type", "sop", "--session", "s", "--execution", "e", "--solution", "p", "--label", "l"),
            *("--decision", "cache", "--state", "all", "--limit", "7", "--after", "c"),
        )
        criteria = ArtifactFilter(
            artifact_type="sop",
            session_id="s",
            execution_id="e",
            solution_id="p",
            label="l",
            decision=MaterializationDecision.CACHE,
            state=None,
        )
        assert stage.script.asked == [("local", criteria, 7, "c")]

    @pytest.mark.parametrize("limit", ["0", "-1", "1001"])
    def test_a_page_has_1_to_1000_artifacts(self, stage: Stage, limit: str) -> None:
        assert stage.ap("ls", "--limit", limit).code == 2


class TestShow:
    """``ap show``."""

    def test_record_parts_rulings_and_meaning_are_shown(self, stage: Stage) -> None:
        answer = stage.ap("show", ID[:9])
        assert answer.code == 0
        for told in (ID, "semantic_payload", "html", "DISCARD", "solution override · workflow", '"title": "Claims"'):
            assert told in answer.out

    def test_the_document_has_record_meaning_and_receipts(self, stage: Stage) -> None:
        document = stage.ap("show", ID, "--json").document
        assert document["semantic_payload"] == {"title": "Claims"}
        assert list(document) == ["artifact", "semantic_payload", "receipts"]
        assert len(document["receipts"]) == 1

    def test_escape_codes_in_data_are_inert(self, stage: Stage) -> None:
        stage.script.payloads[ID] = {"t": "\x1b]0;owned\x07\u202e\x9b"}
        for words in (["show", ID], ["show", ID, "--json"]):
            out = stage.ap(*words).out
            assert out.replace("\n", "").isprintable()
            assert "\\u001b" in out
