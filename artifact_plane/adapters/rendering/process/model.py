"""A process, read and checked.

``semantic_payload["steps"]`` is an array of 1 to 500 objects (other keys are not looked at)::

    {"id": text, "name": text, "kind": text, "role": text or null, "next": [id or {"to": id, "condition": text}, …]}

``semantic_payload["branches"]``, where it is given, says conditions apart from the steps, for ways that ``next``
names without one: ``{"from": id, "to": id, "condition": text or null}``.

Ids differ. Without a name a step shows its id, without a kind it is a task, without a role it is in the lane
"unassigned". Two ways to the same step are drawn as one, with both conditions.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import attrs

from artifact_plane.adapters.rendering.text import humanise

MOST_STEPS: Final = 500
UNASSIGNED: Final = "unassigned"


class Shape(Enum):
    """How a step looks."""

    START = "start"
    END = "end"
    TASK = "task"
    DECISION = "decision"
    OTHER = "other"


_SHAPES: Final = {
    Shape.START: {"start", "begin", "startevent"},
    Shape.END: {"end", "stop", "finish", "endevent"},
    Shape.DECISION: {"decision", "gateway", "branch", "choice"},
    Shape.TASK: {"task", "step", "activity", "action", "subprocess", "process"},
}


def shape_of(kind: str) -> Shape:
    """The shape of a kind, told by its words: ``exclusiveGateway`` is a decision, ``send_task`` a task."""
    words = set(humanise(kind).lower().split())
    return next((shape for shape, known in _SHAPES.items() if words & known), Shape.OTHER)


@attrs.frozen(kw_only=True)
class Step:
    """One step."""

    id: str
    name: str
    kind: str
    role: str

    @property
    def shape(self) -> Shape:
        """How the step is drawn."""
        return shape_of(self.kind)


@attrs.frozen(kw_only=True)
class Flow:
    """A way from one step to the next, both by their place in the process; the condition may be empty."""

    source: int
    target: int
    condition: str = ""


@attrs.frozen(kw_only=True)
class Process:
    """Steps and the ways between them, both in the order in which they were given."""

    steps: tuple[Step, ...]
    flows: tuple[Flow, ...]
