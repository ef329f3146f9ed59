"""Origins: which execution an artifact may be said to come from, and saying so afterwards (laws 19 and 20)."""

from __future__ import annotations

from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import Conflict, InvalidInput, NotFound
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    Lineage,
    LineageEdge,
    Relation,
    artifact_node,
    execution_node,
    intent_node,
)
from artifact_plane.domain.use_cases.reading import Reading
from artifact_plane.domain.use_cases.trace_lineage import LineageTracer
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.state_surface import StateSurface


class Origins:
    """Checks and registers the executions that artifacts come from."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reading: Reading,
        state: StateSurface,
        lineage: LineageTracer,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._ledger = ledger
        self._reading = reading
        self._state = state
        self._lineage = lineage
        self._clock = clock
        self._ids = ids

    async def register(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        """See ``Plane.register_lineage``."""
        current = (await self._reading.record(context.tenant_id, artifact_id)).artifact
        edges = [
            LineageEdge(
                artifact_node(artifact_id, current.version),
                Relation.WAS_GENERATED_BY,
                execution_node(check_identifier("execution id", source_execution_id)),
            )
        ]
        execution = await self._origin_execution(context.tenant_id, source_execution_id)
        if execution is None:
            intent = intent_node(check_identifier("intent id", source_intent))
            edges.append(LineageEdge(execution_node(source_execution_id), Relation.WAS_STARTED_BY, intent))
        elif source_intent not in (execution.intent_id, execution.intent_type):
            raise InvalidInput(
                f"the execution was of the intent {execution.intent_id}",
                where=f"execution {source_execution_id}",
                remedy="name that intent",
            )
        await self._ledger.commit(
            Change(
                change_id=self._ids.new_id(),
                tenant_id=context.tenant_id,
                at=self._clock.now(),
                edges=tuple(edges),
                attaches_edges=True,
            )
        )
        return await self._lineage.answer(
            context.tenant_id, artifact_node(artifact_id, current.version), Direction.UPSTREAM, Bounds()
        )

    async def check_ended(self, context: ExecutionContext) -> None:
        """Raises Conflict where the context names an execution that still runs."""
        if context.execution_id is not None:
            await self._origin_execution(context.tenant_id, context.execution_id)

    async def _origin_execution(self, tenant_id: str, execution_id: str) -> Execution | None:
        """The execution if it is this plane's; one of another runtime is a node without further origins here.

        One that still runs may yet read what would be said to come from it, which is a cycle (law 20): Conflict.
        """
        try:
            execution = await self._state.execution(tenant_id, execution_id)
        except NotFound:
            return None
        if not execution.state.final:
            raise Conflict(
                f"the execution is {execution.state.value}; it cannot be named as an origin before it has ended",
                where=f"execution {execution_id}",
                remedy="wait for its end, or leave the execution id out",
            )
        return execution
