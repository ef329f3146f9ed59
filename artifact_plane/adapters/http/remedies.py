"""What to do, as it is told to a program: the plane's errors speak of the command line, this API has routes.

One table from commands to routes, and one rule for options. A command that no route stands for is the operator's, and
is said to be. The pages read options as this module does (``pieces``), and have links where a program has routes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.json import Json, JsonObject

ROUTES: Final[Mapping[str, str]] = {
    "ap ls": "GET /api/artifacts",
    "ap explain": "GET /api/artifact/{artifact_id}/explain",
    "ap lineage": "GET /api/artifact/{artifact_id}/lineage",
    "ap policy check FILE": "POST /api/policy/check",
}
"""What stands for a command, as the OpenAPI document has it."""

OF_EXECUTIONS: Final[Mapping[str, str]] = {"ap ls": "GET /api/executions"}
"""The same, where an error is about an execution."""

_OPERATOR: Final = "whoever runs the service can mend it: "
_SAID: Final = re.compile("whoever runs the service", re.IGNORECASE)
_COMMAND: Final = re.compile(r"`(?P<command>ap [^`]*)`")
_OPTION: Final = re.compile(
    r"--param '(?P<quoted>\w+=[^']*)'|--param (?P<plain>\w+=[^\s,]+)|--attach (?P<file>\w+)=[^\s,]+"
)
_RETRY: Final = re.compile(r"(?<!\S)--retry\b")
_LEFT: Final = re.compile(r"`ap |(?<!\S)--[a-z]")


@attrs.frozen
class Parameter:
    """One of an intent's parameters, as JSON."""

    written: str


@attrs.frozen
class InputFile:
    """A file beside an intent, by its name."""

    name: str


Piece: TypeAlias = "str | Parameter | InputFile"


def pieces(remedy: str) -> Iterator[Piece]:
    """A remedy in order: its words, and what its options of the command line stand for."""
    end = 0
    for found in _OPTION.finditer(remedy):
        yield remedy[end : found.start()]
        given = found["quoted"] or found["plain"]
        yield Parameter(_as_json(given)) if given else InputFile(found["file"])
        end = found.end()
    yield remedy[end:]


def is_operators(told: str) -> bool:
    """Whether this still names a command, and does not say yet whose it is."""
    return _LEFT.search(told) is not None and _SAID.search(told) is None


def over_http(remedy: str, where: str | None = None) -> str:
    """The remedy for somebody who speaks to this API; ``where`` is what the error says that it is about."""
    about = OF_EXECUTIONS if (where or "").startswith("execution ") else {}
    told = "".join(map(_word, pieces(remedy)))
    told = _COMMAND.sub(lambda found: _route(found, {**ROUTES, **about}), _RETRY.sub("`retry=true`", told))
    return _OPERATOR + told if is_operators(told) else told


def remedies(remedy: str | None, where: str | None = None) -> dict[str, Json]:
    """The members that tell a remedy; ``command_line`` has it in the words of the command line where they differ."""
    if remedy is None:
        return {}
    told = over_http(remedy, where)
    return {"remedy": told} if told == remedy else {"remedy": told, "command_line": remedy}


def failure_over_http(execution: JsonObject) -> JsonObject:
    """The view of an execution, with what to do about its failure told as ``remedies`` do."""
    failure = execution["failure"]
    if not isinstance(failure, Mapping):
        return execution
    remedy, where = failure.get("remedy"), failure.get("where")
    told = remedies(remedy if isinstance(remedy, str) else None, where if isinstance(where, str) else None)
    return {**execution, "failure": {**failure, **told}}


def _word(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Parameter):
        return f"`{piece.written}` among the parameters"
    return f"a part `{piece.name}` of the form"


def _route(found: re.Match[str], routes: Mapping[str, str]) -> str:
    route = routes.get(found["command"])
    return found[0] if route is None else f"`{route}`"


def _as_json(given: str) -> str:
    name, _, text = given.partition("=")
    try:
        value: object = json.loads(text)
    except ValueError:
        value = text
    return json.dumps({name: value}, ensure_ascii=False)
