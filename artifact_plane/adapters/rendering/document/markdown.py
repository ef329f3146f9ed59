"""The document as Markdown (CommonMark with GitHub's tables): text is escaped, so that it means only itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import singledispatch
from typing import Final

from artifact_plane.adapters.rendering.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Prose,
    Table,
    Title,
    Value,
    ValueKind,
)

_ACTIVE: Final = re.compile(r"[\\`*\[\]<>|~$]|&(?=[#\w])|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_LINE_START: Final = re.compile(r"^(?:(#{1,6}(?= |$)|[-+](?= |$)|--|=)|(\d{1,9})([.)])(?= |$))")
_BACKTICKS: Final = re.compile("`+")


def to_markdown(blocks: Iterable[Block]) -> str:
    """The blocks, one blank line apart."""
    return "\n\n".join(map(_written, blocks)) + "\n"


def escaped(text: str) -> str:
    """``text`` such that Markdown shows it as it is, also at the beginning of a line."""
    inert = _ACTIVE.sub(r"\\\g<0>", text)
    return _LINE_START.sub(lambda found: _inert_start(found), inert)


def _inert_start(found: re.Match[str]) -> str:
    mark, number, dot = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{dot}"


@singledispatch
def _written(block: object) -> str:
    raise TypeError(f"{type(block).__name__} is no block of a document")


@_written.register
def _(block: Title) -> str:
    kicker = f"*{escaped(block.kicker)}*\n\n" if block.kicker else ""
    return f"{kicker}# {_heading_text(block.text)}"


@_written.register
def _(block: Heading) -> str:
    return f"{'#' * block.level} {_heading_text(block.text)}"


@_written.register
def _(block: Facts) -> str:
    return "\n".join(f"- **{escaped(name)}:** {_value(value)}" for name, value in block.pairs)


@_written.register
def _(block: Bullets) -> str:
    return "\n".join(f"- {_value(item)}" for item in block.items)


@_written.register
def _(block: Table) -> str:
    rules = ("---:" if numeric else "---" for numeric in block.numeric)
    head = (_row(map(escaped, block.columns)), _row(rules))
    return "\n".join((*head, *(_row(map(_cell, row)) for row in block.rows)))


@_written.register
def _(block: Prose) -> str:
    return "\n\n".join("\\\n".join(map(escaped, lines)) for lines in block.paragraphs)


@_written.register
def _(block: Code) -> str:
    fence = "`" * max(3, _longest_ticks(block.text) + 1)
    return f"{fence}json\n{block.text}\n{fence}"


def _heading_text(text: str) -> str:
    # A heading may end in number signs, which Markdown would drop.
    shown = escaped(text)
    return f"{shown[:-1]}\\#" if shown.endswith("#") and not shown.endswith("\\#") else shown


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Value) -> str:
    # In a code span a backslash is itself, yet a table still takes "\|" for a bar: so it is right here alone.
    return _value(value).replace("|", "\\|") if value.kind is ValueKind.CODE else _value(value)


def _value(value: Value) -> str:
    if value.kind is ValueKind.CODE:
        return _code_span(value.text)
    if value.kind is ValueKind.NONE:
        return f"*{value.text}*"
    return escaped(value.text)


def _code_span(text: str) -> str:
    ticks = "`" * (_longest_ticks(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
