"""``ap run``: an intent goes through its realm, and the policy rules on what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli import exits
from artifact_plane.adapters.cli.commands.executions import result_page
from artifact_plane.adapters.cli.commands.inputs import attachments, parameters
from artifact_plane.adapters.cli.commands.plans import plan_page
from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.errors import report_failure
from artifact_plane.adapters.cli.options import DEFAULTS, PolicyFile, Shared
from artifact_plane.adapters.codec.views import dry_run_view, result_view
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.intent import Intent
from artifact_plane.ports.answers import ExecutionResult


async def run(
    intent_type: Annotated[str, Parameter(name="INTENT_TYPE", help="What is asked, as in parse_content.")],
    /,
    *,
    param: Annotated[
        list[str] | None, Parameter(help="NAME=VALUE; the value is JSON where it reads as JSON, else text.")
    ] = None,
    params_file: Annotated[Path | None, Parameter(help="A file with a JSON object of parameters.")] = None,
    attach: Annotated[list[str] | None, Parameter(help="NAME=PATH, an input file.")] = None,
    session: Annotated[str, Parameter(help="The session it belongs to.")] = "default",
    solution: Annotated[str, Parameter(help="The solution it belongs to, whose policy rules.")] = "default",
    intent_id: Annotated[
        str | None, Parameter(help="Makes asking twice one thing: the same id and content runs once.")
    ] = None,
    policy: PolicyFile = None,
    dry_run: Annotated[bool, Parameter(show_default=False, help="Show the plan; record and store nothing.")] = False,
    retry: Annotated[
        bool, Parameter(show_default=False, help="A new attempt of an intent that failed or was cancelled.")
    ] = False,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> int:
    """Execute an intent and show what was decided about its results.

    Exit code 2 when the realm refuses what it was given, 8 when the execution failed otherwise.
    """
    _check_retry(retry, dry_run, intent_id)
    intent = Intent(
        intent_id=intent_id or desk.toolbox.new_id(),
        intent_type=intent_type,
        tenant_id=shared.tenant,
        session_id=session,
        solution_id=solution,
        parameters=parameters(param or (), params_file, desk.toolbox),
        attachments=attachments(attach or (), desk.toolbox),
    )
    if dry_run:
        return await _dry_run(intent, policy, shared, desk)
    with desk.screen.working(intent_type):
        async with desk.open(shared, create=True, policy=policy) as app:
            result = await app.runtime.execute(intent, retry=retry)
    desk.answer(shared, lambda: result_view(result), lambda: result_page(result, shared))
    return _outcome(result, shared, desk)


def _check_retry(retry: bool, dry_run: bool, intent_id: str | None) -> None:
    if retry and dry_run:
        raise InvalidInput("a dry run has no attempts", where="--retry", remedy="leave one of the two out")
    if retry and intent_id is None:
        raise InvalidInput("which intent should be tried again?", where="--retry", remedy="name it with --intent-id")


async def _dry_run(intent: Intent, policy: Path | None, shared: Shared, desk: Desk) -> int:
    with desk.screen.working(intent.intent_type):
        async with desk.open(shared, policy=policy) as app:
            outlook = await app.runtime.dry_run(intent)
    desk.answer(shared, lambda: dry_run_view(outlook), lambda: plan_page(outlook))
    return exits.OK


def _outcome(result: ExecutionResult, shared: Shared, desk: Desk) -> int:
    if result.execution.failure is not None:
        report_failure(desk.screen, result.execution.failure, as_json=shared.json)
    return exits.of_execution(result.execution)
