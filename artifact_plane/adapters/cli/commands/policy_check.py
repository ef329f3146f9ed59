"""``ap policy check``: what is wrong with policy files, before they are in force."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import exits, words
from artifact_plane.adapters.cli.commands.inputs import read_file
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, line
from artifact_plane.adapters.codec.views import problem_view
from artifact_plane.domain.model.errors import InvalidInput, PolicyProblem

GOVERNANCE: Final = "governance.yaml"


async def check(
    file: Annotated[Path, Parameter(name="FILE", help="A policy file.")],
    /,
    *files: Annotated[Path, Parameter(name="FILE", help="More of them.")],
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> int:
    """Check policy files, without a plane or by a service; one called governance.yaml is checked as the steward's.

    Exit code 2 where anything is wrong, each problem as file:line:column: message.
    """
    problems = await _at_service((file, *files), shared, desk) if shared.server else _here((file, *files), desk)
    view = [problem_view(problem) for problem in problems]
    desk.answer(shared, lambda: {"ok": not problems, "errors": view}, lambda: _page(problems, 1 + len(files)))
    return exits.INVALID if problems else exits.OK


def _here(files: Sequence[Path], desk: Desk) -> list[PolicyProblem]:
    problems: list[PolicyProblem] = []
    for file in files:
        text = _text(file)
        found = [text] if isinstance(text, PolicyProblem) else desk.toolbox.check_policy(text, *_named(file))
        problems += found
    return problems


async def _at_service(files: Sequence[Path], shared: Shared, desk: Desk) -> list[PolicyProblem]:
    """What a service finds, which may be of another release."""
    problems: list[PolicyProblem] = []
    async with desk.open(shared) as app:
        for file in files:
            text, (name, governance) = _text(file), _named(file)
            if isinstance(text, PolicyProblem):
                problems.append(text)
            else:
                problems += await app.steward.check(text, name, governance=governance)
    return problems


def _named(file: Path) -> tuple[str, bool]:
    """What the file is called, and whether it is the steward's."""
    return str(file), file.name == GOVERNANCE


def _text(file: Path) -> bytes | PolicyProblem:
    try:
        return read_file(file)
    except InvalidInput as error:
        return PolicyProblem(file=str(file), line=0, column=0, message=error.message)


def _page(problems: list[PolicyProblem], files: int) -> tuple[Block, ...]:
    if not problems:
        return (Paragraph(line(f"{words.counted(files, 'file')} checked, nothing wrong.")),)
    return tuple(Paragraph(line(str(problem))) for problem in problems)
