"""The payload of a proof of concept: what is tried, how one tells that it works, and when to stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.outcomes.evidence import Figure
from artifact_plane.adapters.realms.outcomes.goals import Goal
from artifact_plane.adapters.realms.outcomes.request import Request, WorkItem, effort_of
from artifact_plane.adapters.realms.prose import in_digits, one_line, plural
from artifact_plane.domain.model.json import Json

MAX_GOALS_TRIED: Final = 3
"""How many goals are in scope: the first that need nothing outside it."""

_MANY_HANDOVERS: Final = 5
_HIGH_SHARE: Final = 5.0
_FEW_ROWS: Final = 30
_CONFIRMED: Final = "the figures are confirmed by whoever owns the artifacts"
_SIZES: Final = ("rows", "steps", "procedure")


@attrs.frozen(kw_only=True)
class Criterion:
    """How one tells that it works: a sentence, and the figure it is measured by, None where it is judged."""

    text: str
    figure: Figure | None = None

    def to_json(self, number: int) -> dict[str, Json]:
        """The criterion's JSON form."""
        stated: dict[str, Json] = {"id": f"criterion-{number}", "text": self.text}
        if self.figure is None:
            return stated
        target = self.figure.value if self.figure.target is None else self.figure.target
        return stated | {
            "figure": self.figure.name,
            "today": self.figure.value,
            "target": target,
            "artifact_id": self.figure.artifact_id,
        }


def draw_poc(request: Request) -> dict[str, Json]:
    """The semantic payload of a ``poc``."""
    tried = _tried(request.goals)
    later = [goal for goal in request.goals if goal not in tried]
    items = request.work_items()
    criteria = list(_criteria(request, tried))
    return {
        "title": request.named("Proof of concept"),
        "hypothesis": _hypothesis(request, tried, criteria),
        "scope": {
            "in": [goal.title for goal in tried] or [one.title for one in request.evidence],
            "out": [goal.title for goal in later],
            "artifacts": [one.artifact_id for one in request.evidence],
        },
        "goals": [goal.to_json() for goal in tried],
        "success_criteria": [one.to_json(number) for number, one in enumerate(criteria, 1)],
        "plan": list(_plan(tried, items)),
        "work_items": [item.to_json() for item in items],
        "risks": [{"id": f"risk-{number}", "text": text} for number, text in enumerate(_risks(request, tried), 1)],
        "exit_criteria": list(_exits(criteria, tried)),
        "figures": [figure.to_json() for figure in request.figures],
        "sources": [one.to_json() for one in request.evidence],
    }


def _tried(goals: Iterable[Goal]) -> tuple[Goal, ...]:
    """The first goals in order; what they depend on stands before them and is tried too."""
    return tuple(goals)[:MAX_GOALS_TRIED]


def _hypothesis(request: Request, tried: Sequence[Goal], criteria: Sequence[Criterion]) -> str:
    aim = "; ".join(goal.title.rstrip(". ") for goal in tried)
    aim = aim or "The problems found in the cited artifacts can be settled"
    moves = [move for one in criteria if one.figure is not None and (move := _move(one.figure)) is not None]
    if moves:
        return f"It can be shown on a small scale: {aim}. If so, the figures move: {'; '.join(moves[:3])}."
    if request.evidence:
        return f"It can be shown on a small scale, on what the cited artifacts describe: {aim}."
    return f"It can be shown on a small scale: {aim}. No artifact is cited, so there is no figure to start from."


def _criteria(request: Request, tried: Sequence[Goal]) -> Iterator[Criterion]:
    yield from (Criterion(text=f"Shown to those who asked for it: {goal.title}") for goal in tried)
    for figure in request.figures:
        move = _move(figure)
        if move is not None:
            yield Criterion(text=move[:1].upper() + move[1:], figure=figure)
        elif figure.name in _SIZES and figure.value:
            yield Criterion(
                text=f"All {in_digits(figure.value)} {_words(figure.name)} are worked through", figure=figure
            )


def _move(figure: Figure) -> str | None:
    """From the figure of today to its target, where that is another one."""
    if figure.target is None or figure.target == figure.value:
        return None
    most = "at most " if 0 < figure.target < figure.value else ""
    return f"{_words(figure.name)} from {in_digits(figure.value)} to {most}{in_digits(figure.target)}"


def _plan(tried: Sequence[Goal], items: Sequence[WorkItem]) -> Iterator[dict[str, Json]]:
    packages: list[tuple[str, str, float | None]] = [("Measure where things stand", _CONFIRMED, None)]
    if items:
        packages.append((f"Settle {plural(len(items), 'work item')} of the cited artifacts", "each is closed", None))
    packages += [(f"Try: {goal.title}", "it is shown on real cases", goal.effort_days) for goal in tried]
    packages.append(("Measure again and decide", "the exit criteria are answered one by one", None))
    for number, (name, done_when, days) in enumerate(packages, 1):
        after = f"plan-{number - 1}" if number > 1 else None
        yield {
            "id": f"plan-{number}",
            "name": one_line(name),
            "starts_after": after,
            "done_when": done_when,
            "effort_days": days,
        }


def _risks(request: Request, tried: Sequence[Goal]) -> Iterator[str]:
    """What may go wrong, each told from a figure or from something that is not said."""
    share, handovers, rows = (request.figure(name) for name in ("missing_share_percent", "handovers", "rows"))
    if share and share.value > _HIGH_SHARE:
        text = f"{in_digits(share.value)} % of the values are missing: results may not carry over"
        yield f"{text} (artifact {share.artifact_id})"
    if rows and rows.value < _FEW_ROWS:
        yield f"There are only {in_digits(rows.value)} rows: too few to conclude from (artifact {rows.artifact_id})"
    if handovers and handovers.value >= _MANY_HANDOVERS:
        text = f"Work is handed over {in_digits(handovers.value)} times: the roles concerned must take part"
        yield f"{text} (artifact {handovers.artifact_id})"
    if not request.figures:
        yield "No figure is cited: success would be a matter of opinion"
    if tried and effort_of(tried) is None:
        yield "The effort of a goal is not stated: the time the trial takes is not known"
    yield from (f"A problem is open: {finding.text}" for one in request.evidence for finding in one.findings[:10])


def _exits(criteria: Sequence[Criterion], tried: Sequence[Goal]) -> Iterator[str]:
    measured = sum(one.figure is not None for one in criteria)
    yield f"Go on if all {plural(len(criteria), 'success criterion', 'success criteria')} are met"
    if measured:
        yield f"Stop if none of the {plural(measured, 'figure')} has moved towards its target when it is measured again"
    days = effort_of(tried)
    if days is not None:
        yield f"Stop after {in_digits(2 * days)} days, twice the effort stated, whatever is reached by then"


def _words(name: str) -> str:
    return name.replace("_", " ").strip()
