"""docs/http.md keeps its word: its session is run against a server of its own, and says what the document shows."""

from __future__ import annotations

from pathlib import Path

from artifact_plane.adapters.http.routes import OPERATIONS
from tests.journeys import documents
from tests.journeys.http import curl

NAME = "docs/http.md"


def _session() -> list[documents.Step]:
    found = (block for block in documents.blocks(documents.text_of(NAME)) if block.language == "console")
    return [step for block in found for step in documents.steps(block)]


def test_every_command_says_what_the_document_shows(tmp_path: Path) -> None:
    """By the machine's curl, or by ours where it has none."""
    more = curl.path(tmp_path)
    session = _session()
    assert session[-1].command == "kill %1"
    for step, answer in zip(session, documents.said(session, tmp_path, more), strict=True):
        documents.check(step.shown, answer, f"{NAME}, line {step.line}, `{step.command}`")


def test_every_route_is_in_the_document() -> None:
    text = documents.text_of(NAME)
    for operation in OPERATIONS:
        last = operation.path.removeprefix("/api/artifact/{artifact_id}/").removeprefix(
            "/api/executions/{execution_id}/"
        )
        assert last in text or last.removeprefix("/api/sessions/{session_id}") in text, operation.path
