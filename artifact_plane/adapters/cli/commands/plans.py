"""A dry run as a page: what would become of every part, and where the size would decide."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Line, Listing, Paragraph, line, quiet, strong
from artifact_plane.domain.model.decision import Ruling
from artifact_plane.domain.model.plan import OutputPlan, Step
from artifact_plane.ports.answers import DryRun

_HEADINGS: Final = ("part", "size", "decision", "decided by", "written in")
_WHOLE: Final = (0, 1, 2, 4)


def plan_page(dry_run: DryRun) -> tuple[Block, ...]:
    """The plan, output by output, then the attachments."""
    blocks: list[Block] = [Paragraph(line(strong("dry run"), quiet("  nothing was recorded or stored")))]
    for output in dry_run.plan.outputs:
        blocks += [BLANK, *_output(output)]
    if dry_run.attachments:
        rows = tuple((line(name), *_ruled(ruling)) for name, ruling in dry_run.attachments)
        blocks += [BLANK, Listing(rows, ("attachment", *_HEADINGS[2:]), (0, 1, 3), ((3, 2),), 2)]
    return tuple(blocks)


def _output(output: OutputPlan) -> tuple[Block, ...]:
    heading = line(
        words.decision(output.whole.decision), "  ", strong(output.output.result_type), quiet(f"  {output.key}")
    )
    rows = tuple(row for step in output.steps for row in _step(step))
    return Paragraph(heading, 2), Listing(rows, _HEADINGS, _WHOLE, ((4, 3), (1, 2)), 4)


def _step(step: Step) -> list[tuple[Line, ...]]:
    if step.needs_size:
        return [(line(step.part), line(quiet(f"from {words.size(size)}")), *_ruled(one)) for size, one in step.outcomes]
    return [(line(step.part), line(words.size(step.subject.size)), *_ruled(step.ruling))]


def _ruled(ruling: Ruling) -> tuple[Line, ...]:
    return line(words.decision(ruling.decision)), line(words.because(ruling)), line(quiet(ruling.source))
