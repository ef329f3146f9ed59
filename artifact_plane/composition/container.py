"""The composition root's container: which use case gets what (dependency-injector).

Adapters come in as dependencies, each checked to be of its port; nothing here opens or closes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from dependency_injector import containers, providers

from artifact_plane.composition.adapters import Adapters
from artifact_plane.domain.use_cases.acceptance import Acceptance
from artifact_plane.domain.use_cases.access import AccessDesk
from artifact_plane.domain.use_cases.attachments import Attachments
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.execution_lifecycle import ExecutionLifecycleManager
from artifact_plane.domain.use_cases.happenings import Happenings
from artifact_plane.domain.use_cases.holding import Holding
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.domain.use_cases.materialize import Materializer
from artifact_plane.domain.use_cases.origins import Origins
from artifact_plane.domain.use_cases.plane import ArtifactPlane
from artifact_plane.domain.use_cases.policies import Policies
from artifact_plane.domain.use_cases.projection import ProjectedLineage
from artifact_plane.domain.use_cases.reading import Reading
from artifact_plane.domain.use_cases.realms import IntentRegistry
from artifact_plane.domain.use_cases.relay import OutboxRelay
from artifact_plane.domain.use_cases.renderers import Renderers
from artifact_plane.domain.use_cases.requests import Requests
from artifact_plane.domain.use_cases.run import RunTools
from artifact_plane.domain.use_cases.same_content import SameContent
from artifact_plane.domain.use_cases.steward import DataSteward
from artifact_plane.domain.use_cases.trace_lineage import LineageTracer
from artifact_plane.ports.artifact_registry import ArtifactRegistry
from artifact_plane.ports.blob_references import BlobReferences
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.codec import Codec
from artifact_plane.ports.credentials import Credentials
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.lineage_graph import LineageGraph
from artifact_plane.ports.outbox import Outbox
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.policy_source import PolicySource
from artifact_plane.ports.secret_source import SecretSource
from artifact_plane.ports.state_surface import StateSurface
from artifact_plane.ports.working_memory import WorkingMemory
from artifact_plane.ports.write_ahead_log import WriteAheadLog

Loaded = TypeVar("Loaded")


def _given(port: type) -> providers.Dependency[object]:
    """Something that comes from outside, and must be of that port."""
    return providers.Dependency(instance_of=port)


def _called(load: Callable[[], Sequence[Loaded]]) -> Sequence[Loaded]:
    return load()


class Container(containers.DeclarativeContainer):
    """One application's objects, each made once when it is first asked for."""

    ledger = _given(Ledger)
    registry = _given(ArtifactRegistry)
    state = _given(StateSurface)
    log = _given(WriteAheadLog)
    outbox = _given(Outbox)
    references = _given(BlobReferences)
    ledger_graph = _given(LineageGraph)
    graph = _given(LineageGraph)
    projector = _given(object)
    credentials = _given(Credentials)
    payloads = _given(PayloadStore)
    memory = _given(WorkingMemory)
    policy_source = _given(PolicySource)
    codec = _given(Codec)
    clock = _given(Clock)
    ids = _given(IdSource)
    secrets = _given(SecretSource)
    load_realms = _given(object)
    load_renderers = _given(object)
    sinks = _given(tuple)
    limits = _given(Limits)
    holder = _given(str)

    renderers = providers.Singleton(Renderers, load_renderers)
    intent_registry = providers.Singleton(IntentRegistry, providers.Callable(_called, load_realms))
    blobs = providers.Singleton(Blobs, payloads, references, ids, holder)
    policies = providers.Singleton(Policies, policy_source, state)
    happenings = providers.Singleton(Happenings, providers.Callable(bool, sinks))
    attachments = providers.Singleton(Attachments, blobs, codec)
    lineage = providers.Singleton(LineageTracer, graph, registry, log, projector)
    steward = providers.Singleton(DataSteward, policies, policy_source, registry, state)
    same_content = providers.Singleton(SameContent, codec, renderers)
    requests = providers.Singleton(Requests, ledger, state, clock, ids)
    relay = providers.Singleton(OutboxRelay, outbox, sinks, clock, holder, sink_seconds=limits.provided.sink_seconds)
    reading = providers.Singleton(
        Reading, registry=registry, payloads=payloads, memory=memory, renderers=renderers, codec=codec, clock=clock
    )
    materializer = providers.Singleton(
        Materializer, blobs=blobs, memory=memory, renderers=renderers, codec=codec, limits=limits
    )
    origins = providers.Singleton(
        Origins,
        ledger=ledger,
        reading=reading,
        state=state,
        # A projection may be behind what was registered a moment ago: the ledger's own graph answers.
        lineage=providers.Singleton(LineageTracer, ledger_graph, registry, log),
        clock=clock,
        ids=ids,
    )
    access = providers.Singleton(AccessDesk, credentials=credentials, secrets=secrets, clock=clock, ids=ids)
    plane = providers.Singleton(
        ArtifactPlane,
        ledger=ledger,
        registry=registry,
        memory=memory,
        reading=reading,
        materializer=materializer,
        blobs=blobs,
        policies=policies,
        origins=origins,
        same_content=same_content,
        requests=requests,
        happenings=happenings,
        clock=clock,
        ids=ids,
    )
    acceptance = providers.Singleton(
        Acceptance,
        ledger=ledger,
        attachments=attachments,
        materializer=materializer,
        blobs=blobs,
        happenings=happenings,
        policies=policies,
        codec=codec,
        clock=clock,
        ids=ids,
        holder=holder,
    )
    run_tools = providers.Singleton(
        RunTools,
        ledger=ledger,
        reading=reading,
        materializer=materializer,
        attachments=attachments,
        blobs=blobs,
        happenings=happenings,
        clock=clock,
        ids=ids,
        realm_seconds=limits.provided.realm_seconds,
    )
    holding = providers.Singleton(Holding, tools=run_tools, policies=policies, state=state, log=log, holder=holder)
    runtime = providers.Singleton(
        ExecutionLifecycleManager,
        tools=run_tools,
        acceptance=acceptance,
        attachments=attachments,
        policies=policies,
        registry=intent_registry,
        artifacts=registry,
        state=state,
        log=log,
        outbox=outbox,
        memory=memory,
        holding=holding,
        requests=requests,
    )


def container_of(
    adapters: Adapters, limits: Limits, holder: str, *, projected: ProjectedLineage | None = None
) -> Container:
    """The container over one set of adapters; ``projected`` answers about lineage in the record store's place."""
    records = adapters.records
    return Container(
        ledger=records.ledger,
        registry=records.registry,
        state=records.state,
        log=records.log,
        outbox=records.outbox,
        references=records.references,
        ledger_graph=records.lineage,
        graph=projected or records.lineage,
        projector=providers.Object(None if projected is None else projected.projector),
        credentials=records.credentials,
        payloads=adapters.payloads,
        memory=adapters.memory,
        policy_source=adapters.policies,
        codec=adapters.codec,
        clock=adapters.clock,
        ids=adapters.ids,
        secrets=adapters.secrets,
        load_realms=providers.Object(adapters.realms),
        load_renderers=providers.Object(adapters.renderers),
        sinks=tuple(adapters.sinks),
        limits=limits,
        holder=holder,
    )
