"""Holding: which executions this process runs, waiting for those of others, and taking over from the dead."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from artifact_plane.domain.model.change import Change, ExecutionWrite, RecordKind
from artifact_plane.domain.model.errors import ArtifactPlaneError, Conflict, ExecutionFailed
from artifact_plane.domain.model.execution import Execution, ExecutionState
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.lineage import execution_node
from artifact_plane.domain.model.request import Request
from artifact_plane.domain.use_cases import recording
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.realms import caller_is_cancelled, cancelled_by_its_realm
from artifact_plane.domain.use_cases.run import Ending, Run, RunTools, Superseded
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.state_surface import StateSurface
from artifact_plane.ports.write_ahead_log import WriteAheadLog

MOST_RUNS: Final = 5
"""So many runs of one execution may get lost with their processes; then it is the realm that loses them."""

_PAUSE: Final = 0.05
"""Seconds between two looks at an execution that another process holds."""


class Holding:
    """The executions of one holder: while it lives, nobody takes them over."""

    def __init__(
        self, *, tools: RunTools, policies: Policies, state: StateSurface, log: WriteAheadLog, holder: str
    ) -> None:
        self._tools = tools
        self._ending = Ending(tools)
        self._log = log
        self._policies = policies
        self._state = state
        self._holder = holder
        self._accepting: Counter[tuple[str, str]] = Counter()
        self._running: dict[tuple[str, str], asyncio.Task[Execution] | None] = {}
        self._background: dict[tuple[str, str, bool], asyncio.Task[None]] = {}

    @contextmanager
    def accepting(self, intent: Intent) -> Iterator[None]:
        """While an intent is accepted here: nobody else in this process takes its execution for one left behind.

        Begin to run what was accepted before you leave: from then on it counts as running.
        """
        key = (intent.tenant_id, intent.intent_id)
        self._accepting[key] += 1
        try:
            yield
        finally:
            self._accepting[key] -= 1
            if not self._accepting[key]:
                del self._accepting[key]

    async def run(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        """Run an execution that this process holds, to its end; or what it ended as, where somebody else ended it.

        Raises:
            Superseded: it was taken over, and left behind again. This call does not run it a second time.
            Unavailable: its end could not be recorded.
        """
        try:
            return await self._carried_out(execution, intent, realm)
        except Superseded as error:
            return await self._ended_elsewhere(execution, error)

    async def ended(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        """The execution in its final state: waited for while its holder lives, else taken over.

        Raises as ``run``.
        """
        while not execution.state.final:
            if await self.orphaned(execution):
                taken = await self._taken_over(execution)
                if taken is not None:
                    return taken if taken.state.final else await self.run(taken, intent, realm)
            else:
                await self._tools.clock.sleep(_PAUSE)
            execution = await self._state.execution(execution.tenant_id, execution.execution_id)
        return execution

    def run_in_background(self, execution: Execution, intent: Intent, realm: Realm, *, fresh: bool) -> None:
        """Bring an unfinished execution to its end without anybody waiting for it; ``fresh``: it was accepted now.

        However often one that runs already is asked for, it is looked after once.
        What goes wrong is in the execution's record; where even that could not be written (its store is away), the
        execution is let go, and whoever asks for it next takes it over.
        """
        key = (execution.tenant_id, execution.execution_id)
        if fresh:
            self._running[key] = None  # its task begins in a moment
        elif (*key, fresh) in self._background:
            return
        task = self._background[*key, fresh] = asyncio.create_task(self._unattended(execution, intent, realm, fresh))
        task.add_done_callback(partial(self._not_in_background, key, fresh))

    async def drain(self, seconds: float) -> None:
        """Wait that long for what runs in the background, then let the rest go for others to take over."""
        if not self._background:
            return
        _, late = await asyncio.wait(self._background.values(), timeout=seconds)
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
            begun = (execution.tenant_id, execution.execution_id) in self._running
            return not begun and (execution.tenant_id, execution.intent_id) not in self._accepting
        return not await self._state.is_alive(execution.holder)

    async def _unattended(self, execution: Execution, intent: Intent, realm: Realm, fresh: bool) -> None:
        bring_to_end = self.run if fresh else self.ended
        with suppress(ArtifactPlaneError):  # who asks next hears of it
            await bring_to_end(execution, intent, realm)

    def _not_in_background(self, key: tuple[str, str], fresh: bool, task: asyncio.Task[None]) -> None:
        del self._background[*key, fresh]
        if fresh and self._running.get(key, task) is None:  # it was cancelled before it began
            del self._running[key]

    async def _carried_out(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        key = (execution.tenant_id, execution.execution_id)
        task = self._running[key] = asyncio.create_task(self._run(execution, intent, realm))
        try:
            return await task
        except asyncio.CancelledError:
            if caller_is_cancelled():
                await asyncio.shield(self._let_go(execution))
                raise
        finally:
            if self._running.get(key) is task:
                del self._running[key]
        # Whoever cancels an execution has recorded that before the task hears of it: then this is superseded.
        return await self._ending.fail(execution, cancelled_by_its_realm(_place(execution)))

    async def _run(self, execution: Execution, intent: Intent, realm: Realm) -> Execution:
        policy = await self._policies.by_digest(execution.policy_digest)
        return await Run(self._tools, policy).carry_out(execution, intent, realm)

    async def _ended_elsewhere(self, execution: Execution, lost: Superseded) -> Execution:
        """What becomes of an execution that was taken from this process, which leaves it to whoever has it now."""
        while True:
            now = await self._state.execution(execution.tenant_id, execution.execution_id)
            if now.state.final:
                return now
            if await self.orphaned(now):
                raise _left_behind(now) from lost
            await self._tools.clock.sleep(_PAUSE)

    async def _taken_over(self, execution: Execution) -> Execution | None:
        """The execution, now held by this process; or ended, where runs enough were lost; None if another was first."""
        try:
            if await self._lost_too_often(execution):
                return await self._ending.fail(execution, _too_many_runs(execution))
            taken = execution.moved(ExecutionState.RUNNING, self._tools.clock.now(), holder=self._holder)
            await self._record(execution, taken)
        except Conflict:
            return None
        return taken

    async def _lost_too_often(self, execution: Execution) -> bool:
        """Whether ``MOST_RUNS`` runs were begun and neither ended nor let go."""
        if execution.version <= MOST_RUNS:
            return False  # each begins with a transition, and the first version is none of them
        records = await self._log.about(execution.tenant_id, RecordKind.STATE_TRANSITION, execution.execution_id)
        running = [record.entry.body for record in records if record.entry.body["to"] == ExecutionState.RUNNING.value]
        let_go = sum(body["holder"] is None for body in running)
        return len(running) - 2 * let_go >= MOST_RUNS

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


def _left_behind(execution: Execution) -> Superseded:
    return Superseded(
        "another process took the run over, and left it behind again",
        where=f"execution {execution.execution_id}",
        remedy="ask for the same intent again: it is taken over anew",
    )


def _too_many_runs(execution: Execution) -> ExecutionFailed:
    return ExecutionFailed(
        f"the realm killed its process or blocked it, {MOST_RUNS} times: that many runs were begun, and none ended",
        where=_place(execution),
        remedy="see what becomes of its process (memory, native code), and move what blocks off its event loop; "
        "then submit the intent again with --retry",
    )


def _place(execution: Execution) -> str:
    return f"realm {execution.realm!r}, intent type {execution.intent_type!r}"
