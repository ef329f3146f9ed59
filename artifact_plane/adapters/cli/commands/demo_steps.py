"""The demonstration's intents: claims intake at an insurer, through all four realms, each step on those before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final

import attrs

from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.rendering import BytesSource

GOALS: Final = "goals.json"
_DATA: Final = {"data": "claims.csv"}
_SOP: Final = {"sop": "claims_intake_sop.md"}


@attrs.frozen(kw_only=True)
class Made:
    """What earlier steps made, ids by result type, and the goals of the example."""

    ids: Mapping[str, str]
    goals: Json

    def of(self, *result_types: str) -> list[Json]:
        """The ids of these results."""
        return [self.ids[one] for one in result_types]


@attrs.frozen
class Step:
    """One intent: its type, the example's files that it gets, and its parameters, given what was made before."""

    intent_type: str
    files: Mapping[str, str] = attrs.field(factory=dict)
    parameters: Callable[[Made], JsonObject] = attrs.field(kw_only=True, default=lambda made: {})

    def intent(self, made: Made, intent_id: str, *, tenant_id: str, session_id: str, solution_id: str) -> Intent:
        """The intent, ready to be executed."""
        return Intent(
            intent_id=intent_id,
            intent_type=self.intent_type,
            tenant_id=tenant_id,
            session_id=session_id,
            solution_id=solution_id,
            parameters=self.parameters(made),
            attachments={name: BytesSource(example(file)) for name, file in self.files.items()},
        )


STEPS: Final = (
    Step("parse_content", _DATA),
    Step("visualize", _DATA),
    Step("assess_data_quality", _DATA),
    Step("interpret_data", _DATA),
    Step("create_workflow", _SOP),
    Step("generate_sop", parameters=lambda made: {"workflow_id": made.ids["workflow"]}),
    Step("create_blueprint", parameters=lambda made: {"workflow_ids": made.of("workflow")}),
    Step(
        "generate_roadmap",
        parameters=lambda made: {"goals": made.goals, "artifact_ids": made.of("blueprint", "quality_report")},
    ),
    Step(
        "create_poc",
        parameters=lambda made: {"goals": made.goals, "artifact_ids": made.of("roadmap", "interpretation")},
    ),
    Step(
        "create_solution",
        parameters=lambda made: {"solution_source": "roadmap", "source_id": made.ids["roadmap"]},
    ),
)


def example(file: str) -> bytes:
    """A file of the bundled example."""
    return (files("artifact_plane.adapters.cli") / "example" / file).read_bytes()
