"""What the code looks like is checked where it can be: these are laws of ours, not of a linter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "artifact_plane"
SOURCES: Final = sorted(PACKAGE.rglob("*.py"))
PURE: Final = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] in ("domain", "ports")]
TESTS: Final = sorted((ROOT / "tests").rglob("*.py"))

BOUNDARIES: Final = {
    "domain/use_cases/realms.py": 1,
    "domain/use_cases/wording.py": 1,
    "domain/use_cases/renderers.py": 1,
    "adapters/cli/main.py": 1,
}
"""Where everything may be caught: the plug-in boundaries of law 23 and the command line's outermost frame."""


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of these kinds in a file."""
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds))


def relative(path: Path) -> str:
    """The path inside the package."""
    return path.relative_to(PACKAGE).as_posix()


def rooted(path: Path) -> str:
    """The path from the project's folder on."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=rooted)
def test_files_and_functions_are_short(path: Path) -> None:
    """At most 350 lines a file and 60 a function, tests included: past that a concept is missing."""
    assert len(path.read_text().splitlines()) <= 350
    for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        assert (node.end_lineno or 0) - node.lineno < 60, node.name


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_domain_and_ports_say_what_they_promise_and_know_no_any(path: Path) -> None:
    """Every public thing has a docstring; ``Any`` appears nowhere."""
    tree = ast.parse(path.read_text())
    if path.name != "__init__.py":
        assert ast.get_docstring(tree), "the module says nothing"
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Name) and node.id == "Any")
    for node in _public(tree):
        assert ast.get_docstring(node), f"{node.name} says nothing"


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if _is_property_of_a_documented_protocol(tree, node):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _is_property_of_a_documented_protocol(tree: ast.AST, node: ast.AST) -> bool:
    """Overrides of ByteSource, whose docstrings are on the port."""
    bases = {base.id for base in getattr(tree, "bases", ()) if isinstance(base, ast.Name)}
    return "ByteSource" in bases and getattr(node, "name", "") in ("size", "open")


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_is_caught_broadly_but_at_the_boundaries(path: Path) -> None:
    """Law 23."""
    broad = [
        node
        for node in nodes(path, ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]
    assert len(broad) == BOUNDARIES.get(relative(path), 0)


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_data_is_executed(path: Path) -> None:
    """Law 25, case K01: no pickle, no eval, no archive, no class named in data."""
    banned = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "zipfile", "tarfile"}
    for node in nodes(path, ast.Import, ast.ImportFrom, ast.Call):
        if isinstance(node, ast.Import):
            assert not banned & {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in banned
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "__import__")


@pytest.mark.parametrize("path", TESTS, ids=rooted)
def test_tests_use_real_doubles_and_never_skip(path: Path) -> None:
    """No mock, no patch, no skip, no expected failure."""
    words = ("unittest" + ".mock", "Magic" + "Mock", "monkeypatch" + ".setattr", "pytest" + ".skip", "mark" + ".xfail")
    text = path.read_text()
    assert [word for word in (*words, "mark" + ".skip") if word in text] == []
