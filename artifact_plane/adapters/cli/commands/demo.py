"""``ap demo``: the bundled example through all four realms, under two policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.cli.commands.demo_page import drawn_again, outcomes, told
from artifact_plane.adapters.cli.commands.demo_steps import GOALS, STEPS, Made, example
from artifact_plane.adapters.cli.commands.explaining import explanation_page
from artifact_plane.adapters.cli.commands.facts import try_next
from artifact_plane.adapters.cli.commands.tracing import lineage_page
from artifact_plane.adapters.cli.delivery import is_text
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Paragraph, line, strong
from artifact_plane.adapters.codec.views import lineage_view, result_view
from artifact_plane.domain.model.artifact import Place, Receipt
from artifact_plane.domain.model.errors import ExecutionFailed
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Direction, Lineage
from artifact_plane.ports.answers import Content, ExecutionResult, Explanation
from artifact_plane.ports.application import Application

KEEPING: Final = "mvp"
DROPPING: Final = "default"
_SUBJECT: Final = (
    "A procedure, a table of claims and a list of goals become ten results; a policy says what is kept of them."
)
_KEPT: Final = "Workflows, roadmaps and the like are kept with their views; of the rest, the meaning."
_DROPPED: Final = "Every view is dropped, every meaning kept; each decision is on record."


@attrs.frozen(kw_only=True)
class _Act:
    """One run through the example: what came of every step, and the ids by result type."""

    solution: str
    results: tuple[ExecutionResult, ...]

    @property
    def ids(self) -> dict[str, str]:
        return {one.result_type: one.subject for result in self.results for one in _outputs(result)}

    def view(self) -> JsonObject:
        return {"solution": self.solution, "results": [result_view(one) for one in self.results]}


@attrs.frozen(kw_only=True)
class _Play:
    """Both acts, and what was asked about them."""

    kept: _Act
    lineage: Lineage
    dropped: _Act
    explanation: Explanation
    drawn: Content

    def view(self) -> JsonObject:
        return {
            "acts": [self.kept.view(), self.dropped.view()],
            "lineage": lineage_view(self.lineage),
            "drawn": {
                "artifact_id": self.drawn.artifact.artifact_id,
                "part": self.drawn.part.name,
                "media_type": self.drawn.part.media_type,
                "size": self.drawn.size,
                "digest": self.drawn.digest,
                "drawn": self.drawn.drawn,
            },
        }


async def demo(*, shared: Shared = DEFAULTS, desk: HandedIn) -> None:
    """Run the bundled example through all four realms, and show what was decided, kept and dropped, and why.

    Once under the MVP's policy, which keeps what it names, and once under the platform default, which drops it.
    """
    with desk.screen.working("claims intake") as tell:
        play = await _played(shared, desk, tell)
    if shared.json:
        desk.screen.document(play.view())
    else:
        _show(play, shared, desk)


async def _played(shared: Shared, desk: Desk, tell: Callable[[str], None]) -> _Play:
    async with desk.open(shared, create=True, policy=desk.toolbox.mvp_policy()) as app:
        kept = await _act(app, KEEPING, shared, desk, tell)
        lineage = await app.lineage.upstream(kept.ids["solution"], shared.tenant)
    async with desk.open(shared, create=True) as app:
        dropped = await _act(app, DROPPING, shared, desk, tell)
        explanation = await app.steward.explain(dropped.ids["visual"], shared.tenant)
        drawn = await _drawn(app, dropped.ids["visual"], shared.tenant)
    return _Play(kept=kept, lineage=lineage, dropped=dropped, explanation=explanation, drawn=drawn)


async def _act(app: Application, solution: str, shared: Shared, desk: Desk, tell: Callable[[str], None]) -> _Act:
    goals = desk.toolbox.parse_json(example(GOALS), GOALS)
    session = desk.toolbox.new_id()
    act = _Act(solution=solution, results=())
    for step in STEPS:
        tell(f"{step.intent_type}  solution {solution}")
        made = Made(ids=act.ids, goals=goals)
        intent = step.intent(
            made, desk.toolbox.new_id(), tenant_id=shared.tenant, session_id=session, solution_id=solution
        )
        result = await app.runtime.execute(intent)
        _check_completed(result)
        act = attrs.evolve(act, results=(*act.results, result))
    return act


def _check_completed(result: ExecutionResult) -> None:
    failure = result.execution.failure
    if failure is not None:
        raise ExecutionFailed(failure.message, where=failure.where, remedy=failure.remedy)
    if result.execution.state is not ExecutionState.COMPLETED:
        raise ExecutionFailed("it was cancelled", where=f"execution {result.execution.execution_id}")


async def _drawn(app: Application, artifact_id: str, tenant_id: str) -> Content:
    """A view of the artifact that was dropped, drawn from its meaning."""
    record = (await app.plane.get_artifact(artifact_id, tenant_id, include_payload=False)).artifact
    gone = [part for part in record.renderings if part.place is Place.NOWHERE and is_text(part.media_type)]
    name = (gone or list(record.renderings))[0].name
    return await app.plane.open_content(artifact_id, tenant_id, name)


def _outputs(result: ExecutionResult) -> list[Receipt]:
    return [one for one in result.receipts if one.version is not None]


def _show(play: _Play, shared: Shared, desk: Desk) -> None:
    show = desk.screen.show
    show(Paragraph(line(strong("Claims intake, through four realms"))))
    show(Paragraph(line(_SUBJECT)))
    show(*told(f"1. Under the MVP's policy (solution {KEEPING})", _KEPT), outcomes(play.kept.results))
    show(*told("Where the solution came from"), *lineage_page(play.lineage, Direction.UPSTREAM))
    show(
        *told(f"2. The same under the platform default (solution {DROPPING})", _DROPPED), outcomes(play.dropped.results)
    )
    show(*told("Why is the chart not there?"), *explanation_page(play.explanation, shared, desk.now))
    show(BLANK, *drawn_again(play.drawn, shared))
    if shared.outlives:
        show(*told("Try next"), *try_next(shared, *_commands(play)))
    else:
        show(BLANK, Paragraph(line("All this was in memory and is gone. Without --profile memory it stays.")))


def _commands(play: _Play) -> Sequence[tuple[str, ...]]:
    kept, view = play.kept.ids, play.drawn.part.name
    return (
        ("ls",),
        ("show", kept["solution"]),
        ("lineage", kept["workflow"], "--down"),
        ("explain", play.dropped.ids["roadmap"]),
        ("get", play.drawn.artifact.artifact_id, "--rendering", view, "-o", f"chart.{view}"),
        ("policy", "explain", "--type", "roadmap"),
    )
