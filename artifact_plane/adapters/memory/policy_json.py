"""Policy texts in JSON, for whoever has no files: as strict as the language, a key that stands twice included."""

from __future__ import annotations

import json
from typing import Final, cast

import attrs

from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.policy_node import Node, Scalar, Table

LARGEST_TEXT: Final = 1024 * 1024


@attrs.frozen
class _Pairs:
    """A JSON object as its entries, repeated keys and all."""

    entries: list[tuple[str, object]]


def policy_node(text: bytes, name: str) -> Node:
    """The node tree of a JSON text; ``name`` stands for its file, and only syntax errors have a line.

    Raises:
        InvalidPolicy: it is not JSON.
    """
    if len(text) > LARGEST_TEXT:
        raise _problem(name, f"a policy of more than {LARGEST_TEXT} bytes is not read")
    try:
        return _node(json.loads(text.decode(), object_pairs_hook=_Pairs, parse_constant=str), name)
    except json.JSONDecodeError as error:
        raise _problem(name, f"this is not JSON: {error.msg}", error.lineno, error.colno) from error
    except UnicodeDecodeError as error:
        raise _problem(name, "this is not UTF-8") from error
    except (RecursionError, ValueError) as error:  # brackets without end, or a number of thousands of digits
        raise _problem(name, "this is nested too deep, or holds a number too long, to be a policy") from error


def _node(value: object, name: str) -> Node:
    if isinstance(value, _Pairs):
        entries = tuple((_node(key, name), _node(item, name)) for key, item in value.entries)
        return Node(file=name, line=0, column=0, value=Table(entries))
    if isinstance(value, list):
        return Node(file=name, line=0, column=0, value=tuple(_node(item, name) for item in value))
    return Node(file=name, line=0, column=0, value=cast(Scalar, value))


def _problem(name: str, message: str, line: int = 0, column: int = 0) -> InvalidPolicy:
    return InvalidPolicy([PolicyProblem(file=name, line=line, column=column, message=message)])
