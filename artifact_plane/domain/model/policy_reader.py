"""Reading nodes strictly: legal words, names, measures and mappings; every problem kept with its place (law 3)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from artifact_plane.domain.model.decision import MaterializationDecision, Seconds
from artifact_plane.domain.model.errors import InvalidInput, PolicyProblem
from artifact_plane.domain.model.identity import check_name, printable
from artifact_plane.domain.model.json import MAX_INTEGER
from artifact_plane.domain.model.policy_node import Node, Table

DECISIONS: Final = {decision.value: decision for decision in MaterializationDecision}

_DURATIONS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_SIZES: Final = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_NUMBER_UNIT: Final = re.compile(r"(\d{1,16})\s*([A-Za-z]*)", re.ASCII)
_LONGEST: Final = 1000 * _DURATIONS["y"]


def parse_size(text: str) -> int | None:
    """Bytes from ``20MiB``, ``30 MB`` or ``4096``; None where it is not a size, or beyond 2^53."""
    return _measured(text, _SIZES, MAX_INTEGER)


def parse_duration(text: str) -> Seconds | None:
    """Seconds from ``90s``, ``15m``, ``1h``, ``7d``, ``2w`` or ``7y``; None where it is not a duration.

    A year is 365 days. No time at all is no duration, and neither is more than a thousand years.
    """
    return _measured(text, _DURATIONS, _LONGEST) or None


def _measured(text: str, units: Mapping[str, int], most: int) -> int | None:
    match = _NUMBER_UNIT.fullmatch(text.strip())
    factor = units.get(match[2].lower()) if match else None
    if match is None or factor is None:
        return None
    amount = int(match[1]) * factor
    return amount if amount <= most else None


class NodeReader:
    """Reads nodes, collecting problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []

    def problem(self, node: Node, message: str) -> None:
        """Keep a problem, with the place of ``node``."""
        self.problems.append(node.problem(message))

    def unknown(self, node: Node, word: str, legal: tuple[str, ...], what: str) -> None:
        """Keep the problem that ``word`` is none of the ``legal`` ones, naming them and the nearest."""
        near = difflib.get_close_matches(word, legal, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        choices = ", ".join(legal) if legal else "none is defined"
        self.problem(node, f"{printable(word, 80)} is not {what} ({choices}){hint}")

    # Words and measures

    def decision(self, node: Node) -> MaterializationDecision | None:
        """The decision that a word names."""
        if isinstance(node.value, str) and node.value in DECISIONS:
            return DECISIONS[node.value]
        self.unknown(node, node.shown, tuple(DECISIONS), "a decision")
        return None

    def text(self, node: Node) -> str:
        """A text that is not empty."""
        if isinstance(node.value, str) and node.value.strip():
            return node.value
        self.problem(node, f"text is expected, not {printable(node.shown)}; put it in quotes if it is text")
        return ""

    def name(self, node: Node, what: str) -> str:
        """A legal name of the user's own."""
        name = self.text(node)
        if name and (problem := _name_problem(what, name)):
            self.problem(node, problem)
        return name

    def truth(self, node: Node) -> bool | None:
        """True or false."""
        if isinstance(node.value, bool):
            return node.value
        self.problem(node, f"true or false is expected, not {printable(node.shown)}")
        return None

    def duration(self, node: Node, message: str) -> Seconds | None:
        """A duration in seconds; ``message`` says what is expected."""
        seconds = parse_duration(node.value) if isinstance(node.value, str) else None
        if seconds is None:
            self.problem(node, f"{message}; not {printable(node.shown)}")
        return seconds

    def bytes(self, node: Node) -> int | None:
        """A size in bytes."""
        size = parse_size(str(node.value)) if type(node.value) in (str, int) else None
        if size is None:
            self.problem(node, f"a size is a number of bytes, or as in 20MiB or 30MB; not {printable(node.shown)}")
        return size

    # Lists and mappings

    def items(self, node: Node) -> tuple[Node, ...]:
        """The items of a list that says something; a single value stands for a list of it."""
        if node.value == ():
            self.problem(node, "an empty list names nothing; leave it out, or name something")
        return node.value if isinstance(node.value, tuple) else (node,)

    def is_mapping(self, node: Node, what: str) -> bool:
        """Whether ``what`` is a mapping, as it should be; nothing at all is an empty one."""
        if node.value is None or isinstance(node.value, Table):
            return True
        self.problem(node, f"{what} is a mapping, not {printable(node.shown)}")
        return False

    def fields(self, node: Node, legal: tuple[str, ...], what: str) -> dict[str, Node]:
        """The entries of a mapping that may hold ``legal`` keys only, each once."""
        fields: dict[str, Node] = {}
        for name, key, value in self._entries(node, what):
            if name in legal:
                fields[name] = value
            else:
                self.unknown(key, name, legal, f"a key of {what}")
        return fields

    def named(self, node: Node, what: str, also: tuple[str, ...] = ()) -> Iterator[tuple[str, Node, Node]]:
        """The entries of a mapping whose keys are names of the user's own: name, key, value."""
        for name, key, value in self._entries(node, f"a table by {what}"):
            problem = None if name in also else _name_problem(what, name)
            if problem is None:
                yield name, key, value
            else:
                self.problem(key, problem)

    def _entries(self, node: Node, what: str) -> Iterator[tuple[str, Node, Node]]:
        """The entries of a mapping; nothing at all is an empty one."""
        if not self.is_mapping(node, what) or not isinstance(node.value, Table):
            return
        first: dict[str, Node] = {}
        for key, value in node.value.entries:
            name = key.shown
            if name in first:
                self.problem(key, f"{printable(name)} stands here twice; {_first(first[name])}")
            else:
                first[name] = key
                yield name, key, value


def _first(key: Node) -> str:
    return f"first at line {key.line}" if key.line else "say it once"


def _name_problem(what: str, name: str) -> str | None:
    try:
        check_name(what, name)
    except InvalidInput as error:
        return f"{error.message}: {error.remedy}"
    return None
