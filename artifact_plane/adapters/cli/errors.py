"""Errors as a person or a script reads them: what happened, where, what to do."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, Span, Style, line, quiet
from artifact_plane.adapters.cli.screen import Screen
from artifact_plane.adapters.codec.views import error_view, failure_view
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.execution import Failure

_REPORT: Final = "run it again with AP_DEBUG=1 and report what it prints, with the command"


def report(screen: Screen, error: ArtifactPlaneError, *, as_json: bool) -> None:
    """Tell an error on standard error."""
    if as_json:
        screen.document(error_view(error), remark=True)
    else:
        screen.tell(*_told(error.message, error.where, error.remedy))


def report_failure(screen: Screen, failure: Failure, *, as_json: bool) -> None:
    """Tell why an execution failed; the execution itself is the answer and was shown."""
    if as_json:
        screen.document(failure_view(failure), remark=True)
    else:
        screen.tell(*_told(failure.message, failure.where, failure.remedy))


def report_bug(screen: Screen, error: Exception, *, as_json: bool) -> None:
    """Tell that something happened that never should."""
    message = f"this is a bug of ours: {type(error).__name__}: {error}"
    report_failure(screen, Failure(code="bug", message=f"{message:.300}", remedy=_REPORT), as_json=as_json)


def _told(message: str, where: str | None, remedy: str | None) -> list[Block]:
    first, *others = message.splitlines() or [""]
    headline = line(Span("error: ", Style.ALARM), first)
    told = (("where: ", where), ("what to do: ", remedy))
    rest = [line(quiet(lead), text) for lead, text in told if text]
    return [Paragraph(headline), *(Paragraph(line(other), 7) for other in others), *(Paragraph(one, 2) for one in rest)]
