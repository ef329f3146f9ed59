"""YAML as policies use it: mappings, lists and scalars, each with its line and column.

What else YAML has is refused with its place: aliases and anchors (an alias bomb with them), tags (nothing is ever
constructed), merge keys, directives, several documents, keys that are not scalars, numbers with a leading zero (eight
or ten?). Words such as ``no``, ``on`` and ``2026-01-17`` are text, as in YAML 1.2.

The parser costs over a hundred milliseconds to import, more than all else that a command does. A table of plain words
(the packaged policies, 001's own file) needs no parser: each line is a key and a word, and is read as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.policy_node import MAX_LEVELS, Node, Scalar, Table

if TYPE_CHECKING:
    from ruamel.yaml.events import CollectionStartEvent, Event, ScalarEvent

MAX_BYTES: Final = 1024 * 1024
MAX_LINE: Final = 4096
"""Longer lines are refused: the parser's time grows with the square of some of them."""

_NOT_TEXT: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_LONG_LINE: Final = re.compile(rf"^.{{{MAX_LINE + 1}}}", re.MULTILINE)
_BRACKETS: Final = re.compile(r"(?:[\[{]\s*+)++")
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)
_BARE_STAR: Final = re.compile(r"^(?P<indent> *+)\* *+:", re.MULTILINE)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,16}")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+")
_CONSTANTS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_yaml(data: bytes, file: str) -> Node:
    """The node tree of a text; ``file`` names it in places and problems.

    Raises:
        InvalidPolicy: it is not YAML, or uses what a policy does not; one problem, with line and column.
    """
    text = _checked(data, file)
    return table_of_words(text, file) or parsed(text, file)


def _checked(data: bytes, file: str) -> str:
    """The text, if a parser can be trusted with it."""
    if len(data) > MAX_BYTES:
        raise _refusal(file, 1, 1, f"a policy has {MAX_BYTES} bytes at most")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise _refused_at(before, len(before), file, "a byte that is not UTF-8") from None
    if found := _NOT_TEXT.search(text):
        raise _refused_at(text, found.start(), file, f"the character U+{ord(found[0]):04X} does not stand in a policy")
    if found := _LONG_LINE.search(text):
        raise _refused_at(text, found.start(), file, f"a line has {MAX_LINE} characters at most")
    if found := _DIRECTIVE.search(text):
        raise _refused_at(text, found.start(), file, "directives are not used in a policy")
    if found := _BARE_STAR.search(text):
        raise _refused_at(text, found.end("indent"), file, 'the entry for all other types stands in quotes: "*"')
    for run in _BRACKETS.finditer(text):
        if run[0].count("[") + run[0].count("{") > MAX_LEVELS:
            raise _refused_at(text, run.start(), file, _TOO_DEEP)
    return text


# A table of plain words

_HEAD: Final = re.compile(r"materialization_policy:(?: +#.*| *)")
_ENTRY: Final = re.compile(r"(?P<indent> +)(?P<key>[A-Za-z_][A-Za-z0-9_-]{0,127}): +(?P<word>[a-z]+)(?: +#.*| *)")
_NOTHING: Final = re.compile(r" *(?:#.*)?")


def table_of_words(text: str, file: str) -> Node | None:
    """The node tree of a text that is nothing but one table of plain words; None where it is anything else.

    What it gives is what ``parsed`` gives.
    """
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if not _NOTHING.fullmatch(line)]
    if not lines or not _HEAD.fullmatch(lines[0][1]):
        return None
    entries = [(at, match) for at, line in lines[1:] if (match := _ENTRY.fullmatch(line))]
    if not entries or len(entries) < len(lines) - 1 or len({match["indent"] for _, match in entries}) > 1:
        return None
    top, (first, match) = lines[0][0], entries[0]
    table = Node(
        file=file,
        line=first,
        column=match.start("key") + 1,
        value=Table(tuple(_word_entry(at, match, file) for at, match in entries)),
    )
    key = Node(file=file, line=top, column=1, value="materialization_policy")
    return Node(file=file, line=top, column=1, value=Table(((key, table),)))


def _word_entry(line: int, match: re.Match[str], file: str) -> tuple[Node, Node]:
    key = Node(file=file, line=line, column=match.start("key") + 1, value=match["key"])
    word = _CONSTANTS.get(match["word"], match["word"])
    return key, Node(file=file, line=line, column=match.start("word") + 1, value=word)


# Everything else


def parsed(text: str, file: str) -> Node:
    """The node tree of a text, by way of a parser's events.

    Raises:
        InvalidPolicy: as ``read_yaml``.
    """
    tree = _Tree(file)
    for event in _events(text, file):
        tree.take(event)
    return tree.root or Node(file=file, line=1, column=1, value=None)


def _events(text: str, file: str) -> Iterator[Event]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _refusal(file, line, column, _explained(error.context, error.problem)) from error
    except (YAMLError, ValueError) as error:  # ValueError: an escape beyond Unicode
        raise _refusal(file, 1, 1, f"this is not YAML: {error}") from error


def _explained(context: str | None, problem: str | None) -> str:
    said = ", ".join(part for part in (context, problem) if part)
    return f"this is not YAML: {said}"


@attrs.define
class _Open:
    """A collection whose end has not come; a mapping's keys and values stand in turn."""

    line: int
    column: int
    is_mapping: bool
    items: list[Node] = attrs.field(factory=list)

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and len(self.items) % 2 == 0

    def value(self) -> tuple[Node, ...] | Table:
        if self.is_mapping:
            return Table(tuple(zip(self.items[::2], self.items[1::2], strict=True)))
        return tuple(self.items)


class _Tree:
    """Builds nodes from events, without recursion, and refuses what policies do not use."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self._file = file
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        from ruamel.yaml import events as kinds

        match event:
            case kinds.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._refused(event, "a policy is one document; a second one begins here")
            case kinds.AliasEvent():
                raise self._refused(event, "aliases are not used in a policy; write the rule out")
            case kinds.ScalarEvent():
                self._check_plain_data(event)
                self._put(self._scalar(event))
            case kinds.CollectionStartEvent():
                self._check_plain_data(event)
                self._begin(event, isinstance(event, kinds.MappingStartEvent))
            case kinds.CollectionEndEvent():
                ended = self._open.pop()
                self._put(Node(file=self._file, line=ended.line, column=ended.column, value=ended.value()))

    def _check_plain_data(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.anchor is not None:
            raise self._refused(event, "anchors are not used in a policy; write the rule out")
        if event.tag is not None:
            raise self._refused(event, "tags are not used in a policy: it is plain data")

    def _begin(self, event: Event, is_mapping: bool) -> None:
        if self._wants_key:
            raise self._refused(event, "a key is a single word")
        if len(self._open) == MAX_LEVELS:
            raise self._refused(event, _TOO_DEEP)
        self._open.append(_Open(event.start_mark.line + 1, event.start_mark.column + 1, is_mapping))

    def _put(self, node: Node) -> None:
        if self._open:
            self._open[-1].items.append(node)
        else:
            self.root = node

    def _scalar(self, event: ScalarEvent) -> Node:
        text: str = event.value
        value: Scalar = text
        if _NOT_TEXT.search(text):
            raise self._refused(event, "an escape stands for a character that does not stand in a policy")
        if event.style is None and self._wants_key:
            if text == "<<":
                raise self._refused(event, "merge keys are not used in a policy; write the rule out")
        elif event.style is None:
            if _LEADING_ZERO.fullmatch(text):
                raise self._refused(event, f"{text[:20]} can be read in two ways, octal or decimal; drop the zero")
            value = _plain(text)
        line, column = self._place(event, empty=not text and event.style is None)
        return Node(file=self._file, line=line, column=column, value=value)

    @property
    def _wants_key(self) -> bool:
        return bool(self._open) and self._open[-1].wants_key

    def _place(self, event: Event, *, empty: bool) -> tuple[int, int]:
        """Where it stands; a value that is not there at all has the place of its key."""
        if empty and self._open and self._open[-1].items:
            before = self._open[-1].items[-1]
            return before.line, before.column
        return event.start_mark.line + 1, event.start_mark.column + 1

    def _refused(self, event: Event, message: str) -> InvalidPolicy:
        return _refusal(self._file, event.start_mark.line + 1, event.start_mark.column + 1, message)


def _plain(text: str) -> Scalar:
    """What a scalar without quotes says."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


_TOO_DEEP: Final = f"nested deeper than {MAX_LEVELS} levels"


def _refused_at(text: str, index: int, file: str, message: str) -> InvalidPolicy:
    line = text.count("\n", 0, index) + 1
    return _refusal(file, line, index - text.rfind("\n", 0, index), message)


def _refusal(file: str, line: int, column: int, message: str) -> InvalidPolicy:
    return InvalidPolicy([PolicyProblem(file=file, line=line, column=column, message=message)])
