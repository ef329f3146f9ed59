"""``ap policy check``: what is wrong with policy files, before they are in force."""

from __future__ import annotations

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
    """Check policy files without a plane; one called governance.yaml is checked as the steward's.

    Exit code 2 where anything is wrong, each problem as file:line:column: message.
    """
    problems = [problem for one in (file, *files) for problem in _problems(one, desk)]
    view = [problem_view(problem) for problem in problems]
    desk.answer(shared, lambda: {"ok": not problems, "errors": view}, lambda: _page(problems, 1 + len(files)))
    return exits.INVALID if problems else exits.OK


def _problems(file: Path, desk: Desk) -> list[PolicyProblem]:
    try:
        text = read_file(file)
    except InvalidInput as error:
        return [PolicyProblem(file=str(file), line=0, column=0, message=error.message)]
    return list(desk.toolbox.check_policy(text, str(file), file.name == GOVERNANCE))


def _page(problems: list[PolicyProblem], files: int) -> tuple[Block, ...]:
    if not problems:
        return (Paragraph(line(f"{words.counted(files, 'file')} checked, nothing wrong.")),)
    return tuple(Paragraph(line(str(problem))) for problem in problems)
