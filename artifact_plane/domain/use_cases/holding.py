"""Holding: which executions this process runs, waiting for those of others, and taking over from the dead."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from artifact_plane.domain.model.change import Change, ExecutionWrite
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.lineage import execution_node
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.run import Run, RunTools, Superseded
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.state_surface import StateSurface

_PAUSE: Final = 0.05
"""Seconds between two looks at an execution that another process holds."""


class Holding:
    """The executions of one holder: while it lives, nobody takes them over."""

    def __init__(self, *, tools: RunTools, policies: Policies, state: StateSurface, holder: str) -> None:
        self._tools = tools
        self._policies = policies
        self._state = state
        self._holder = holder
        self._running: dict[tuple[str, str], asyncio.Task[Execution]] = {}
        self._background: set[asyncio.Task[Execution]] = set()

    async def run(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        """Run an execution that this process holds, to its end."""
        policy = await self._policies.by_digest(execution.policy_digest)
        key = (execution.tenant_id, execution.execution_id)
        task = asyncio.create_task(Run(self._tools, policy).carry_out(execution, intent, realm))
        self._running[key] = task
        try:
            return await task
        except Superseded:
            pass
        except asyncio.CancelledError:
            if _caller_is_cancelled():
                await asyncio.shield(self._let_go(execution))
                raise
        finally:
            del self._running[key]
        return await self.ended(await self._state.execution(*key), intent, realm)

    async def ended(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        """The execution in its final state: waited for while its holder lives, else taken over."""
        while not execution.state.final:
            if await self.orphaned(execution):
                with suppress(Conflict):
                    return await self.run(await self._take_over(execution), intent, realm)
            else:
                await self._tools.clock.sleep(_PAUSE)
            execution = await self._state.execution(execution.tenant_id, execution.execution_id)
        return execution

    def run_in_background(self, execution: Execution, intent: Intent, realm: Realm) -> None:
        """Bring an unfinished execution to its end without anybody waiting for it.

        What goes wrong is in the execution's record; where even that could not be written (its store is away), the
        execution is let go, and whoever asks for it next takes it over.
        """
        task = asyncio.create_task(self._unattended(execution, intent, realm))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def drain(self, seconds: float) -> None:
        """Wait that long for what runs in the background, then let the rest go for others to take over."""
        if not self._background:
            return
        _, late = await asyncio.wait(self._background, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def cancel(self, execution: Execution, request: Request | None) -> Execution:
        """Record an execution as cancelled, and stop it where it runs here.

        Raises:
            Conflict: it moved on meanwhile, has ended, or the request's key is taken.
        """
        cancelled = execution.moved(ExecutionState.CANCELLED, self._tools.clock.now())
        await self._record(execution, cancelled, request)
        task = self._running.get((execution.tenant_id, execution.execution_id))
        if task is not None:
            task.cancel()
        await self._tools.blobs.sweep(execution.tenant_id)
        return cancelled

    async def orphaned(self, execution: Execution) -> bool:
        """Whether nobody alive runs the execution."""
        if execution.holder is None:
            return True
        if execution.holder == self._holder:
            return (execution.tenant_id, execution.execution_id) not in self._running
        return not await self._state.is_alive(execution.holder)

    async def _unattended(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        if execution.holder == self._holder:
            return await self.run(execution, intent, realm)
        return await self.ended(execution, intent, realm)

    async def _take_over(self, execution: Execution) -> Execution:
        taken = execution.moved(ExecutionState.RUNNING, self._tools.clock.now(), holder=self._holder)
        await self._record(execution, taken)
        return taken

    async def _let_go(self, execution: Execution) -> None:
        """The caller went away: whoever asks for the intent next may take it over at once."""
        with suppress(ArtifactPlaneError):
            await self._record(execution, execution.moved(ExecutionState.RUNNING, self._tools.clock.now()))

    async def _record(self, before: Execution, after: Execution, request: Request | None = None) -> None:
        change_id = self._tools.ids.new_id()
        ended = after if after.state.final else None
        await self._tools.ledger.commit(
            Change(
                change_id=change_id,
                tenant_id=after.tenant_id,
                at=after.updated_at,
                execution=ExecutionWrite(execution=after, replaces=before.version),
                journal=(recording.transition(after, before.state),),
                events=self._tools.happenings.of(change_id, after.tenant_id, after.updated_at, execution=ended),
                request=None if request is None else request.about(execution_node(after.execution_id)),
            )
        )


def _caller_is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
