"""The operations on policy, each with all that it takes and answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from artifact_plane.adapters.http.operations import Body, Operation
from artifact_plane.adapters.http.routes import policy
from artifact_plane.adapters.http.routes.tables import REPLAYED, json_answer, json_content
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.json import JsonObject

TAG: Final = "policy"

TEXT_EXAMPLE: Final = "materialization_policy:\n  roadmap: persist\n"
QUESTION: Final[JsonObject] = {"result_type": "roadmap", "labels": ["draft"], "bytes": 31457280}

_of_policy: Final = partial(Operation, need=Scope.POLICY, tag=TAG)

OPERATIONS: Final = (
    _of_policy(
        name="get_policy",
        method="GET",
        path="/api/policy",
        handler=policy.show,
        summary="Read the policy in force for a solution, every rule with its place.",
        query=(policy.SOLUTION,),
        answers={200: json_answer("The policy.", "Policy")},
    ),
    _of_policy(
        name="check_policy",
        method="POST",
        path="/api/policy/check",
        handler=policy.check,
        summary="Find everything that is wrong with a policy, before it is in force.",
        about="The text is YAML as it is, or a JSON body's field; a JSON body's own fields stand above the query's.",
        query=policy.CHECKED_BY,
        body=Body(
            content={
                **json_content("PolicyTextRequest", {"text": TEXT_EXAMPLE}),
                **{kind: {"example": TEXT_EXAMPLE} for kind in policy.YAML},
            }
        ),
        answers={200: json_answer("Whether it would load, and each problem at its place.", "PolicyCheck", REPLAYED)},
    ),
    _of_policy(
        name="ask_policy",
        method="POST",
        path="/api/policy/explain",
        handler=policy.explain,
        summary="Ask what the policy in force would decide, and why.",
        about="Where that depends on the size, `ruling` is null and `outcomes` has the ruling from each size on.",
        body=Body(content=json_content("QuestionRequest", QUESTION)),
        answers={200: json_answer("The ruling.", "Outlook", REPLAYED)},
    ),
)
