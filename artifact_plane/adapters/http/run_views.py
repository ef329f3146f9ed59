"""Executions and plans as this API answers them: the common views, and what a client needs to have them whole."""

from __future__ import annotations

from typing import cast

from artifact_plane.adapters.codec.views import dry_run_view, execution_view, receipt_view, result_view, ruling_view
from artifact_plane.adapters.http.remedies import failure_over_http
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.answers import DryRun, ExecutionResult


def execution_told(execution: Execution) -> JsonObject:
    """An execution; where it failed, with what to do over this API."""
    return failure_over_http(execution_view(execution))


def execution_answer(result: ExecutionResult) -> JsonObject:
    """An execution, the rulings in it, and the receipts that they stand in."""
    view = result_view(result)
    execution = failure_over_http(cast(JsonObject, view["execution"]))
    return {**view, "execution": execution, "receipts": [receipt_view(one) for one in result.receipts]}


def parts_of(result: ExecutionResult) -> int:
    """How much there is to tell of an execution: its references, and the rulings in its receipts."""
    return len(result.execution.references) + sum(len(one.parts) for one in result.receipts)


def plan_answer(dry_run: DryRun) -> JsonObject:
    """A plan, and of each output what the rulings on its parts do not say."""
    plan = dry_run.plan
    outputs: list[Json] = [
        {
            "key": one.key,
            "result_type": one.output.result_type,
            "labels": list(one.output.labels),
            "digest": one.meaning.digest,
            "whole": ruling_view(one.whole),
        }
        for one in plan.outputs
    ]
    return {**dry_run_view(dry_run), "policy_digest": plan.policy_digest, "outputs": outputs}
