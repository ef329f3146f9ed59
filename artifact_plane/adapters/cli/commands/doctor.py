"""``ap doctor``: whether everything that the plane stands on is as it needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Line, Listing, Paragraph, Span, Style, line, name, quiet
from artifact_plane.adapters.cli.toolbox import OpenOptions
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.health import Condition, Finding

_MARKS: Final = {
    Condition.OK: Span("ok", Style.KEPT),
    Condition.WARNING: Span("look at it", Style.CACHED),
    Condition.FAILED: Span("failed", Style.ALARM),
}


async def doctor(*, shared: Shared = DEFAULTS, desk: HandedIn) -> int:
    """Look at each component: reachable, version, schema, rights, semantics, clock, room; a line each.

    The exit code is 0 when nothing has failed, else 7.
    """
    found = await desk.toolbox.examine(OpenOptions(profile=shared.profile, home=shared.home))
    ill = [one for one in found if one.condition is Condition.FAILED]
    desk.answer(shared, lambda: _view(found), lambda: _page(found))
    return Unavailable.exit_code if ill else 0


def _view(found: Sequence[Finding]) -> Json:
    return {
        "well": all(one.condition is not Condition.FAILED for one in found),
        "findings": [
            {
                "component": one.component,
                "subject": one.subject,
                "condition": one.condition.value,
                "detail": one.detail,
                "remedy": one.remedy,
            }
            for one in found
        ],
    }


def _page(found: Sequence[Finding]) -> tuple[Block, ...]:
    if not found:
        return (Paragraph(line("Everything is in this process's memory: there is nothing to look at.")),)
    return (Listing(tuple(_row(one) for one in found), ("component", "what", "", "found", "what to do")),)


def _row(one: Finding) -> tuple[Line, ...]:
    return (
        line(name(one.component)),
        line(one.subject),
        line(_MARKS[one.condition]),
        line(one.detail),
        line(quiet(one.remedy or "")),
    )
