"""The README and docs/ keep their word: what they show was run, and is run again here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from artifact_plane.adapters.cli import exits
from artifact_plane.adapters.filesystem.policy_source import check_text
from artifact_plane.composition.settings import KEYS, Settings, load
from artifact_plane.composition.settings_sections import SECTIONS, fields_of, kind_of
from artifact_plane.composition.settings_values import parser_for
from artifact_plane.domain.model.decision import Layer
from artifact_plane.domain.model.errors import ArtifactPlaneError
from tests.journeys import documents
from tests.journeys.driving import PATIENCE, REPOSITORY, Shell
from tests.journeys.http import curl

DOCUMENTS = (
    "README.md",
    "docs/architecture.md",
    "docs/client.md",
    "docs/copying.md",
    "docs/policy.md",
    "docs/realms.md",
    "docs/recovery.md",
)
INSTALLED = "<!-- these commands are run with that distribution installed -->\n```console"


def _sessions(name: str) -> list[documents.Step]:
    """All commands of a document but those for which something has to be installed (see test_third_party)."""
    text = documents.text_of(name).replace(INSTALLED, "<!-- -->\n```elsewhere")
    found = (block for block in documents.blocks(text) if block.language == "console")
    return [step for block in found for step in documents.steps(block)]


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if _sessions(name)])
def test_every_command_says_what_the_document_shows(name: str, tmp_path: Path) -> None:
    session = _sessions(name)
    for step, answer in zip(session, documents.said(session, tmp_path, curl.path(tmp_path)), strict=True):
        documents.check(step.shown, answer, f"{name}, line {step.line}, `{step.command}`")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_python_example_prints_what_the_document_shows(name: str, tmp_path: Path) -> None:
    """One that begins with a comment such as ``# letters.py`` is a module which those after it import."""
    found = documents.blocks(documents.text_of(name))
    for block, following in zip(found, (*found[1:], None), strict=True):
        if block.language != "python":
            continue
        module = re.match(r"# (\w+\.py)\n", block.text)
        if module:
            (tmp_path / module[1]).write_text(block.text, "utf-8")
        else:
            assert following is not None and following.language == "text", f"{name}, line {block.line}: no output shown"
            documents.check(following.text.rstrip("\n"), _printed(block.text, tmp_path), f"{name}, line {block.line}")


def _printed(program: str, folder: Path) -> str:
    environment = Shell(folder).environment
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_policy_loads_or_says_what_the_document_shows(name: str) -> None:
    """A YAML block is a policy; a text block right after it shows everything that is wrong with it."""
    found = documents.blocks(documents.text_of(name))
    for block, following in zip(found, (*found[1:], None), strict=True):
        if block.language == "yaml":
            shown = following.text.splitlines() if following is not None and following.language == "text" else []
            assert _problems(block.text, shown) == shown, f"{name}, line {block.line}"


def _problems(text: str, shown: list[str]) -> list[str]:
    """Everything wrong with a policy; a problem or a comment in its first line says whether it is the steward's."""
    steward = any(re.match(r"(# \S*)?governance\.yaml\b", one) for one in (*shown, text))
    file = "governance.yaml" if steward else "policy.yaml"
    return [str(problem) for problem in check_text(text.encode(), file, governance=steward)]


def test_the_table_of_settings_is_that_of_the_class(tmp_path: Path) -> None:
    rows = documents.table(documents.text_of("README.md"), "key")
    assert [row[0] for row in rows] == list(KEYS)
    for key, shown, _ in rows:
        given = {} if shown == "none" else {key: shown}
        default = getattr(Settings(), key)
        assert getattr(load(given, {}, tmp_path), key) == default
        assert (default is None) == (shown == "none")


@pytest.mark.parametrize("name", SECTIONS)
def test_the_table_of_a_section_is_that_of_its_class(name: str) -> None:
    """Every key with its default, in order."""
    text = documents.text_of("docs/deployment.md")
    rows = documents.table(text[text.index(f"\n`[{name}]`") :], "key")
    fields = fields_of(kind_of(name))
    assert [row[0] for row in rows] == list(fields)
    for key, shown, _ in rows:
        field = fields[key]
        if shown == "required":
            assert field.default is attrs.NOTHING
        elif shown in ("none", "secret"):
            assert not field.default or not field.repr
        else:
            assert parser_for(key, field.type)(shown) == field.default


def test_the_table_of_exit_codes_is_that_of_the_code() -> None:
    rows = documents.table(documents.text_of("README.md"), "code")
    shown = {int(row[0]): set(filter(None, row[2].split(", "))) for row in rows}
    raised: dict[int, set[str]] = {exits.OK: set(), exits.INTERRUPTED: set(), exits.UNREAD: set()}
    for kind in _errors(ArtifactPlaneError):
        raised.setdefault(kind.exit_code, set()).add(kind.code)
    assert shown == {**raised, exits.BUG: {"bug"}}


def _errors(kind: type[ArtifactPlaneError]) -> set[type[ArtifactPlaneError]]:
    below = kind.__subclasses__()
    return set(below).union(*map(_errors, below))


def test_the_table_of_layers_names_all_but_the_two_that_stand_outside() -> None:
    text = documents.text_of("README.md")
    rows = [row[0] for row in documents.table(text, "layer")]
    outside = {Layer.PLATFORM_NATIVE.value, Layer.MEANING.value}
    assert rows == [layer.value for layer in Layer if layer.value not in outside]
    assert all(f"`{layer}`" in text for layer in outside)


@pytest.mark.parametrize("name", [*DOCUMENTS, "CONTRIBUTING.md"])
def test_every_link_inside_the_repository_leads_somewhere(name: str) -> None:
    here = (REPOSITORY / name).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", documents.text_of(name))
    assert [link for link in links if not (here / link).exists()] == []


def test_the_make_targets_that_the_readme_names_are_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", documents.text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", documents.text_of("README.md") + documents.text_of("CONTRIBUTING.md")))
    assert named <= targets


def test_every_port_is_in_the_table_with_the_folders_that_keep_its_promises() -> None:
    rows = documents.table(documents.text_of("docs/architecture.md"), "port")
    package = REPOSITORY / "artifact_plane"
    ports = {path.stem for path in (package / "ports").glob("*.py")} - {"__init__", "answers"}
    named = {port: folders for ports_, _, *folders in rows for port in re.findall(r"\w+", ports_)}
    assert named.keys() == ports
    for port, folders in named.items():
        for folder in set(folders) - {"–", "realms", "rendering", "codec"}:
            assert (package / "adapters" / folder / f"{port}.py").exists(), f"{folder} has no {port}"


def test_the_table_of_a_home_is_what_a_home_holds(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "f").write_text("x")
    shell.ap("put", "f", "--type", "t").ok()
    rows = documents.table(documents.text_of("docs/architecture.md"), "below `.artifact-plane/`")
    named = {row[0].partition("/")[0] for row in rows}
    assert {path.name for path in shell.home.iterdir()} == named - {"policy"}
