"""What the API says that one can do: what can be done over the API; and the client says it as the plane does."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from artifact_plane.adapters.client.problems import error_of
from artifact_plane.adapters.http.problems import Problem, RequestProblem, problem_bytes, problem_of
from artifact_plane.adapters.http.remedies import OF_EXECUTIONS, ROUTES, failure_over_http, over_http
from artifact_plane.adapters.http.routes import OPERATIONS
from artifact_plane.domain.model.artifact import no_such_artifact
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.execution import no_such_execution

COMMAND = re.compile(r"`ap |(?<!\S)--[a-z]")
ELSEWHERE = ("cli", "composition", "web", "rendering")
"""Folders that tell a command line or make pages: nothing of theirs is told over HTTP."""


def kinds(kind: type[ArtifactPlaneError] = ArtifactPlaneError) -> Iterator[type[ArtifactPlaneError]]:
    """Every class of error there is, those of HTTP too."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds(narrower)


KINDS = sorted({kind for kind in kinds() if kind.__module__.startswith("artifact_plane.domain")}, key=lambda k: k.code)


def raised(kind: type[ArtifactPlaneError], remedy: str, where: str) -> ArtifactPlaneError:
    """An error of that class with that remedy."""
    if issubclass(kind, InvalidPolicy):
        return kind([PolicyProblem(file="policy.yaml", line=1, column=2, message="this is wrong")])
    return kind("this is wrong", where=where, remedy=remedy)


def remedies_in_the_code() -> list[str]:
    """Every text of the package that names a command and is no docstring."""
    package = Path(str(files("artifact_plane")))
    found: list[str] = []
    for source in package.rglob("*.py"):
        if not {*source.relative_to(package).parts} & {*ELSEWHERE}:
            found += texts_of(ast.parse(source.read_text()))
    return sorted({text for text in found if COMMAND.search(text)})


def texts_of(tree: ast.Module) -> Iterator[str]:
    """The texts of a module but for its docstrings; what is put into one stands as ``ID``."""
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    pieces = {id(piece) for one in joined for piece in one.values}
    for one in joined:
        yield "".join(str(piece.value) if isinstance(piece, ast.Constant) else "ID" for piece in one.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained | pieces:
            yield node.value


def answered(problem: Problem) -> ArtifactPlaneError:
    """The error that a client raises when it is answered this."""
    response = httpx.Response(problem.status, headers={"content-type": "application/problem+json"})
    return error_of(response, problem_bytes(problem))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("remedy", ["see `ap ls`", "submit it again with --retry", "run `ap lineage rebuild`"])
def test_a_problem_says_what_to_do_over_http_and_a_client_what_the_plane_does(
    kind: type[ArtifactPlaneError], remedy: str
) -> None:
    error = raised(kind, remedy, "artifact 'q3'")
    told = problem_of(error, "0199").document()
    assert error.remedy is not None
    assert told["remedy"] == over_http(error.remedy) != error.remedy
    assert told["command_line"] == error.remedy
    assert answered(problem_of(error, "0199")).remedy == error.remedy


@pytest.mark.parametrize("text", remedies_in_the_code())
def test_no_text_of_the_plane_sends_a_program_to_the_command_line(text: str) -> None:
    """What still names a command says that it is for whoever runs the service."""
    for where in (None, "execution 'x'"):
        told = over_http(text, where)
        assert not COMMAND.search(told) or "whoever runs the service" in told, told


def test_there_are_such_texts() -> None:
    assert len(remedies_in_the_code()) > 20


@pytest.mark.parametrize("route", [*ROUTES.values(), *OF_EXECUTIONS.values()])
def test_every_route_that_is_named_is_there(route: str) -> None:
    assert route in {f"{one.method} {one.path}" for one in OPERATIONS}


@pytest.mark.parametrize(
    ("remedy", "where", "told"),
    [
        (no_such_artifact("x").remedy, no_such_artifact("x").where, "`GET /api/artifacts`; ids are exact"),
        (no_such_execution("x").remedy, no_such_execution("x").where, "ids are exact; see `GET /api/executions`"),
        (
            "its record, receipts and lineage remain: see `ap explain` and `ap lineage`",
            "artifact 'q3'",
            "see `GET /api/artifact/{artifact_id}/explain` and `GET /api/artifact/{artifact_id}/lineage`",
        ),
        ("submit it again with --retry and the attachment", None, "again with `retry=true` and the attachment"),
        ("give --param workflow_id=ID", None, 'give `{"workflow_id": "ID"}` among the parameters'),
        ("give --param 'goals=[\"Pay\"]' or so", None, 'give `{"goals": ["Pay"]}` among the parameters or so'),
        ("attach it, as in --attach sop=procedure.md", None, "attach it, as in a part `sop` of the form"),
        ("make it anew with `ap lineage rebuild`", None, "whoever runs the service can mend it: make it anew"),
        ("give a number from 1 to 500", "limit", "give a number from 1 to 500"),
    ],
)
def test_a_remedy_is_told_in_routes_and_fields(remedy: str | None, where: str | None, told: str) -> None:
    assert told in over_http(remedy or "", where)


def test_what_names_no_command_is_told_once() -> None:
    problem = problem_of(RequestProblem(408, "request_timeout", "too slow", remedy="send it faster"), "0199")
    assert problem.document()["remedy"] == "send it faster"
    assert "command_line" not in problem.document()
    assert "remedy" not in problem_of(RequestProblem(400, "invalid_input", "no"), "0199").document()


def test_a_failed_execution_says_what_to_do_over_http() -> None:
    failure = {
        "code": "invalid_input",
        "message": "nothing is attached",
        "where": "x",
        "remedy": "give --attach a=FILE",
    }
    told = failure_over_http({"state": "failed", "failure": failure})
    assert json.loads(json.dumps(told["failure"])) == {
        **failure,
        "remedy": "give a part `a` of the form",
        "command_line": "give --attach a=FILE",
    }
    assert failure_over_http({"failure": None}) == {"failure": None}
    assert failure_over_http({"failure": {**failure, "remedy": None}})["failure"] == {**failure, "remedy": None}
