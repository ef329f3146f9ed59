"""``ap policy explain``: what the policy in force would decide, and why."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, PolicyFile, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Paragraph, line, quiet, strong
from artifact_plane.adapters.codec.views_policy import outlook_view
from artifact_plane.domain.model.decision import Role, Ruling
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.policy_text import parse_size
from artifact_plane.domain.model.question import question
from artifact_plane.domain.model.rendering import SEMANTIC_PART
from artifact_plane.ports.answers import Outlook


async def explain(
    *,
    type_: Annotated[str, Parameter(name="--type", help="The result type; attachment for an input file.")],
    label: Annotated[list[str] | None, Parameter(help="A label it has; may be repeated.")] = None,
    bytes_: Annotated[str | None, Parameter(name="--bytes", help="Its size, as in 4096 or 20MiB.")] = None,
    rendering: Annotated[
        str | None, Parameter(help="Ask about this view of it; semantic_payload is the meaning.")
    ] = None,
    media_type: Annotated[str | None, Parameter(help="The media type, as in image/png.")] = None,
    realm: Annotated[str | None, Parameter(help="The realm that made it.")] = None,
    intent_type: Annotated[str | None, Parameter(help="The intent type that it was made for.")] = None,
    solution: Annotated[str, Parameter(help="The solution whose policy is asked.")] = "default",
    regenerable: Annotated[bool, Parameter(show_default=False, help="It can be drawn again from the meaning.")] = False,
    explicit: Annotated[
        bool, Parameter(show_default=False, help="Somebody asked for it explicitly, as ap put does.")
    ] = False,
    policy: PolicyFile = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Say what the policy in force would decide, and why. Nothing is stored."""
    subject = question(
        result_type=type_,
        tenant_id=shared.tenant,
        solution_id=solution,
        rendering=rendering,
        labels=label or (),
        media_type=media_type,
        realm=realm,
        intent_type=intent_type,
        size=None if bytes_ is None else _size(bytes_),
        regenerable=regenerable,
        explicit=explicit,
    )
    async with desk.open(shared, policy=policy) as app:
        outlook = await app.steward.would_rule(subject)
    desk.answer(shared, lambda: outlook_view(outlook), lambda: _page(outlook))


def _size(text: str) -> int:
    size = parse_size(text)
    if size is None:
        raise InvalidInput(f"{printable(text)} is no size", where="--bytes", remedy="write it as in 4096 or 20MiB")
    return size


def _page(outlook: Outlook) -> tuple[Block, ...]:
    subject = outlook.subject
    asked = subject.rendering or (SEMANTIC_PART if subject.role is Role.SEMANTIC else None)
    about = line(strong(subject.result_type), f"  {asked}" if asked else "", quiet(f"  solution {subject.solution_id}"))
    if not outlook.size_matters:
        return Paragraph(about), *_ruling(outlook.outcomes[0][1], None)
    told = [Paragraph(about), Paragraph(line("It depends on the size:"), 2)]
    return *told, *(block for size, ruling in outlook.outcomes for block in (BLANK, *_ruling(ruling, size)))


def _ruling(ruling: Ruling, size: int | None) -> tuple[Block, ...]:
    extent = " ".join(filter(None, (words.ttl(ruling.ttl), f"as {ruling.retention}" if ruling.retention else "")))
    from_size = quiet("" if size is None else f"  from {words.size(size)}")
    return (
        Paragraph(line(words.decision(ruling.decision), f" {extent}" if extent else "", from_size), 2),
        Paragraph(line(words.because(ruling), quiet(f"  {ruling.source}")), 4),
        Paragraph(line(f"because {ruling.reason}"), 4),
    )
