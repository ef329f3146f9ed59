"""Policy texts as trees: what is written, and where. An adapter makes them of YAML, code of plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem

Scalar: TypeAlias = "str | int | float | bool | None"

MAX_LEVELS: Final = 32
"""How deep a policy text may nest; the language itself needs seven levels."""


@attrs.frozen(kw_only=True)
class Node:
    """A value of the text with its place: a scalar, a tuple of nodes, or a ``Table``."""

    file: str
    line: int
    column: int
    value: Scalar | tuple[Node, ...] | Table

    @property
    def source(self) -> str:
        """``file:line:column``, or the file alone where the text has no lines."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def shown(self) -> str:
        """The value as a message quotes it: a scalar as it is written, cut at 80 characters."""
        if isinstance(self.value, Table):
            return "a mapping"
        if isinstance(self.value, tuple):
            return "a list"
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return "nothing" if self.value is None else str(self.value)[:80]

    @property
    def says_nothing(self) -> bool:
        """Whether nothing is written here, or an empty mapping."""
        return self.value is None or self.value == Table(())

    def problem(self, message: str) -> PolicyProblem:
        """Something wrong at this place."""
        return PolicyProblem(file=self.file, line=self.line, column=self.column, message=message)


@attrs.frozen
class Table:
    """A mapping's entries in the order of the text, repeated keys and all; keys have places too."""

    entries: tuple[tuple[Node, Node], ...]


def node_of(value: object, file: str) -> Node:
    """A node tree over plain Python data, for policies that are given in code; it has no lines.

    Raises:
        InvalidPolicy: it holds something else than mappings, sequences and scalars, or is nested too deep.
    """
    return _node(value, file, MAX_LEVELS)


def _node(value: object, file: str, levels: int) -> Node:
    return Node(file=file, line=0, column=0, value=_value(value, file, levels))


def _value(value: object, file: str, levels: int) -> Scalar | tuple[Node, ...] | Table:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if levels == 0:
        raise _refused(file, f"nested deeper than {MAX_LEVELS} levels")
    if isinstance(value, Mapping):
        return Table(
            tuple((_node(key, file, levels - 1), _node(item, file, levels - 1)) for key, item in value.items())
        )
    if isinstance(value, list | tuple):
        return tuple(_node(item, file, levels - 1) for item in value)
    raise _refused(file, f"a value of type {type(value).__name__} cannot stand in a policy")


def _refused(file: str, message: str) -> InvalidPolicy:
    return InvalidPolicy([PolicyProblem(file=file, line=0, column=0, message=message)])
