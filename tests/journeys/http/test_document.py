"""docs/http.md keeps its word: its session is run against a server of its own, and says what the document shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_every_route_has_an_example_in_the_document(path: str) -> None:
    """A command of the session asks for it, with something in the place of each placeholder."""
    asked = re.compile(r"\$URL" + re.sub(r"\\\{[^}]*\\\}", r"[^/?\\s\"]+", re.escape(path)) + r"[?\"\s]")
    assert [step.command for step in _session() if asked.search(step.command)]
