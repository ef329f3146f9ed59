"""Documents that keep their word: the fenced blocks of a Markdown file, its shell sessions, and its tables.

A ``console`` block is a shell session. A line that begins with ``$ `` is a command (with a here-document, up to its
end); what follows, up to the next command, is what the command says, standard error and all. All sessions of a
document are one session: variables and files stay. What a document shows and what was said are compared with ids,
digests, times, ages and the folder masked, since these differ from run to run, and sizes from a KiB on, since renderers
are improved. A line that is nothing but ``…`` stands for any lines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import attrs

from tests.journeys.driving import PATIENCE, REPOSITORY, Shell

ANY_LINES: Final = "…"

_HERE_DOCUMENT: Final = re.compile(r"<<'(\w+)'")
_AFTER: Final = "{ s=$?; printf '\\036'; (exit $s); }"
"""Ends what a command says with a record separator, and leaves its exit code to be asked for."""

_MASKS: Final = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b(blake3|sha256):(?!<)[0-9a-f]{12,64}…?"), "<digest>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\+00:00)"), "<time>"),
    (re.compile(r"(<time>)  (just now|\d+ \w+ ago)"), r"\1"),
    (re.compile(r"(B|–)  +(now|\d+[mhdy])$", re.MULTILINE), r"\1  <age>"),
    (re.compile(r"(?<!from )\d+\.\d [KMG]iB"), "<size>"),
    (re.compile(r"(where: )/\S*/(?=\.artifact-plane)"), r"\1<folder>/"),
)


@attrs.frozen
class Block:
    """A fenced block: what it is said to be, its text, and the line that it begins at."""

    language: str
    text: str
    line: int


@attrs.frozen
class Step:
    """A command of a shell session, and what the document says it answers."""

    command: str
    shown: str
    line: int


def blocks(document: str) -> tuple[Block, ...]:
    """The fenced blocks of a Markdown text, in order."""
    found: list[Block] = []
    begun: tuple[str, int] | None = None
    lines: list[str] = []
    for number, row in enumerate(document.splitlines(), 1):
        if not row.startswith("```"):
            lines.append(row)
        elif begun is None:
            begun, lines = (row[3:].strip(), number + 1), []
        else:
            found.append(Block(begun[0], "".join(f"{one}\n" for one in lines), begun[1]))
            begun = None
    assert begun is None, f"the block that begins at line {begun} has no end"
    return tuple(found)


def steps(block: Block) -> Iterator[Step]:
    """The commands of a shell session."""
    rows = list(enumerate(block.text.splitlines(), block.line))
    assert rows and rows[0][1].startswith("$ "), f"line {block.line} is no command"
    while rows:
        first, row = rows.pop(0)
        command, shown = [row.removeprefix("$ ")], []
        if here := _HERE_DOCUMENT.search(row):
            while command[-1] != here[1]:
                command.append(rows.pop(0)[1])
        while rows and not rows[0][1].startswith("$ "):
            shown.append(rows.pop(0)[1])
        yield Step("\n".join(command), "\n".join(shown), first)


def said(session: Sequence[Step], folder: Path, more: Mapping[str, str] | None = None) -> list[str]:
    """Run the commands in one shell, and give what each says; ``ap`` is the console script of this environment."""
    environment = Shell(folder, more or {}).environment
    commands = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
    done = subprocess.run(
        ["bash", "-c", "".join(f"{step.command}\n{_AFTER}\n" for step in session)],
        cwd=folder,
        env={**environment, "PATH": commands, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE * 3,
        check=False,
    )
    answers = done.stdout.split("\x1e")
    assert len(answers) == len(session) + 1, f"the session broke off: {answers[-1]}"
    return [answer.rstrip("\n") for answer in answers[:-1]]


def check(shown: str, answer: str, where: str) -> None:
    """Fail where ``answer`` is not what a document shows."""
    rows, wanted = masked(answer).splitlines(), masked(shown).splitlines()
    assert _agree(wanted, rows), f"{where} shows\n{shown}\nbut what is said is\n{answer}"


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def _agree(wanted: Sequence[str], rows: Sequence[str]) -> bool:
    """Whether the runs of wanted lines occur in order; the first at the beginning and the last at the end, unless
    any lines may stand there."""
    if ANY_LINES not in wanted:
        return list(wanted) == list(rows)
    runs = [list(group) for any_lines, group in groupby(wanted, ANY_LINES.__eq__) if not any_lines]
    position = 0
    for run in runs:
        starts = range(position, len(rows) - len(run) + 1)
        found = next((start for start in starts if list(rows[start : start + len(run)]) == run), None)
        if found is None or (found and run is runs[0] and wanted[0] != ANY_LINES):
            return False
        position = found + len(run)
    return wanted[-1] == ANY_LINES or list(rows[-len(runs[-1]) :]) == runs[-1]


def table(document: str, heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is ``heading``, each cell without backquotes."""
    rows = iter(document.splitlines())
    next(row for row in rows if row.startswith(f"| {heading} |"))
    assert set(next(rows)) <= set("| -:"), "a rule stands under the headings"
    cells = []
    for row in rows:
        if not row.startswith("|"):
            break
        cells.append([cell.strip().replace("`", "") for cell in row.strip("|").split("|")])
    return cells


def text_of(name: str) -> str:
    """A document of the repository."""
    return (REPOSITORY / name).read_text("utf-8")
