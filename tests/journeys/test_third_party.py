"""A realm of somebody else's, as the README writes it: installed as a distribution, found by its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.doubles.documents import Document
from tests.journeys import documents
from tests.journeys.driving import PATIENCE, Shell
from tests.journeys.test_readme import INSTALLED

README: Final = documents.text_of("README.md")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of a process for which the README's realm is installed, in a folder of its own."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    (source / "letters.py").write_text(_block("python", "# letters.py\n"), "utf-8")
    (source / "pyproject.toml").write_text(_block("toml", "[build-system]\n"), "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    done = subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(target), str(source)],
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {"PYTHONPATH": str(target)}


def _block(language: str, beginning: str) -> str:
    """The one block of the README of that language that begins so."""
    [text] = [
        one.text for one in documents.blocks(README) if one.language == language and one.text.startswith(beginning)
    ]
    return text


@pytest.fixture
def shell(installed: Mapping[str, str], tmp_path: Path) -> Shell:
    """A folder in which nothing has happened yet, beside the installed realm."""
    return Shell(tmp_path, installed)


def _letter(shell: Shell, policy: str) -> Document:
    """The record of a letter about a report that was put first, written under ``policy``."""
    (shell.folder / "policy.yaml").write_text(policy)
    (shell.folder / "analysis.csv").write_text("a,b\n1,2\n")
    analysis = shell.json("run", "parse_content", "--attach", "data=analysis.csv")["execution"]["references"][0]
    about = f"artifact_id={analysis['artifact_id']}"
    ask = ("run", "write_letter", "--param", "to=Ada", "--param", about, "--policy", "policy.yaml")
    document = shell.json("show", shell.json(*ask)["execution"]["references"][0]["artifact_id"])
    artifact = document["artifact"]
    assert isinstance(artifact, dict)
    return artifact


def _decisions(artifact: Document) -> dict[str, str]:
    return {part["name"]: part["decision"] for part in artifact["parts"]}


def test_the_commands_of_the_readme_say_what_it_shows(shell: Shell) -> None:
    line = README[: README.index(INSTALLED) + len(INSTALLED)].count("\n") + 2
    [block] = [one for one in documents.blocks(README) if one.line == line]
    session = list(documents.steps(block))
    for step, answer in zip(session, documents.said(session, shell.folder, shell.more), strict=True):
        documents.check(step.shown, answer, f"README.md, line {step.line}, `{step.command}`")


def test_its_results_are_ruled_stored_and_traced_like_any_others(shell: Shell) -> None:
    letter = _letter(shell, "materialization_policy: {letter: {decision: persist, renderings: {html: discard}}}")
    assert (letter["realm"], letter["regenerable"]) == ("letters", False)
    assert _decisions(letter) == {"semantic_payload": "persist", "txt": "persist", "html": "discard"}
    assert b"please find enclosed" in shell.ap("get", letter["artifact_id"], "--rendering", "txt").ok().out
    assert "drawn on demand" in shell.ap("get", letter["artifact_id"], "--rendering", "html").ok().remark
    lineage = shell.json("lineage", letter["artifact_id"])
    assert {edge["relation"] for edge in lineage["edges"]} >= {"was_derived_from", "used", "was_generated_by"}


def test_bytes_that_only_the_realm_had_are_gone_when_they_are_dropped(shell: Shell) -> None:
    """Law 10: what a renderer can draw comes again; what a realm made itself does not."""
    letter = _letter(shell, "materialization_policy: {letter: discard}")
    assert _decisions(letter) == {"semantic_payload": "persist", "txt": "discard", "html": "discard"}
    gone = shell.ap("get", letter["artifact_id"], "--rendering", "txt", "--json")
    assert (gone.code, gone.error["code"]) == (3, "gone")
    assert b"Letter to Ada" in shell.ap("get", letter["artifact_id"], "--rendering", "html").ok().out


def test_input_that_it_refuses_is_exit_code_2_and_the_intent_type_is_known_by_name(shell: Shell) -> None:
    refused = shell.ap("run", "write_letter", "--json")
    assert (refused.code, refused.error["where"]) == (2, "parameter 'to'")
    assert json.loads(refused.out)["execution"]["state"] == "failed"
    unknown = shell.ap("run", "write_leter")
    assert unknown.code == 2 and "did you mean 'write_letter'?" in unknown.remark
    elsewhere = Shell(shell.folder).ap("run", "write_letter")
    assert elsewhere.code == 2 and "no realm handles" in elsewhere.remark


def test_a_distribution_whose_realm_does_not_load_is_named(shell: Shell, tmp_path: Path) -> None:
    """A broken plug-in is told with its distribution, and what does not need realms goes on."""
    metadata = tmp_path / "site" / "broken_realm-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-realm\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[artifact_plane.realms]\nbroken = no_such_module:Realm\n")
    broken = Shell(shell.folder, {"PYTHONPATH": str(metadata.parent)})
    answer = broken.ap("run", "parse_content", "--json")
    assert (answer.code, answer.error["code"]) == (2, "invalid_input")
    assert "broken-realm" in answer.error["where"]
    assert broken.ap("ls").ok()
