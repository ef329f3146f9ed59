"""What a view says comes back: a client of a service has the values that the service has, but for what is nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.codec import views, views_policy, views_policy_reading, views_reading
from artifact_plane.domain.model.artifact import (
    Artifact,
    ArtifactRef,
    ArtifactState,
    Part,
    PartRuling,
    Place,
    Receipt,
    RenderedBy,
)
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling, Subject
from artifact_plane.domain.model.errors import Damaged, PolicyProblem
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.lineage import Lineage, LineageEdge, LineageNode, NodeKind, Relation
from artifact_plane.domain.model.policy_document import PolicyDocument, RetentionClass
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.answers import ExecutionResult, Outlook
from tests.doubles.samples import a_receipt, an_artifact, an_execution
from tests.properties import policies

T = TypeVar("T")
words: Final = st.text(max_size=12)
names: Final = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
maybe: Final = st.none() | words
times: Final = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
digests: Final = st.builds(
    lambda digits: Digest(f"blake3:{digits}"), st.text("0123456789abcdef", min_size=64, max_size=64)
)
sizes: Final = st.integers(0, 2**53)
json_objects: Final = st.dictionaries(
    words, st.none() | st.booleans() | sizes | words | st.lists(words, max_size=2), max_size=3
)
rulings: Final = st.builds(
    Ruling,
    decision=st.sampled_from(MaterializationDecision),
    layer=st.sampled_from(Layer),
    rule=words,
    source=words,
    reason=words,
    ttl=st.none() | st.just("session") | st.integers(1, 10**6),
    retention=maybe,
    policy_digest=words,
)
parts: Final = st.builds(
    Part,
    name=names,
    role=st.sampled_from(Role),
    media_type=words,
    decision=st.sampled_from(MaterializationDecision),
    place=st.sampled_from(Place),
    size=st.none() | sizes,
    digest=st.none() | digests,
    location=st.none() | words,
    expires_at=st.none() | times,
    rendered_by=st.none() | st.builds(RenderedBy, renderer=words, version=words, format=words, options=json_objects),
)
artifacts: Final = st.builds(
    Artifact,
    tenant_id=names,
    artifact_id=names,
    version=st.integers(1, 100),
    artifact_type=names,
    session_id=names,
    solution_id=names,
    realm=maybe,
    intent_type=maybe,
    execution_id=maybe,
    key=maybe,
    created_at=times,
    updated_at=times,
    decision=st.sampled_from(MaterializationDecision),
    parts=st.lists(parts, min_size=1, max_size=3).map(tuple),
    labels=st.lists(names, max_size=2).map(tuple),
    metadata=json_objects,
    retention_policy=maybe,
    payload_artifact_id=maybe,
    state=st.sampled_from(ArtifactState),
)
part_rulings: Final = st.builds(
    PartRuling,
    part=names,
    role=st.sampled_from(Role),
    ruling=rulings,
    media_type=maybe,
    size=st.none() | sizes,
    note=maybe,
)
receipts: Final = st.builds(
    Receipt,
    tenant_id=st.just("acme"),
    subject=names,
    version=st.none() | st.integers(1, 9),
    execution_id=maybe,
    key=names,
    result_type=names,
    labels=st.lists(names, max_size=2).map(tuple),
    policy_digest=words,
    decided_at=times,
    whole=rulings,
    parts=st.lists(part_rulings, max_size=2).map(tuple),
)
attachments: Final = st.builds(
    AttachmentRecord, name=names, digest=digests, size=sizes, ruling=rulings, location=st.none() | words
)
references: Final = st.builds(
    ArtifactRef,
    key=names,
    artifact_id=names,
    version=st.integers(1, 9),
    digest=digests,
    decision=st.sampled_from(MaterializationDecision),
)
executions: Final = st.builds(
    Execution,
    tenant_id=st.just("acme"),
    execution_id=names,
    intent_id=names,
    intent_type=names,
    session_id=names,
    solution_id=names,
    realm=names,
    state=st.sampled_from(ExecutionState),
    policy_digest=words,
    fingerprint=digests,
    created_at=times,
    updated_at=times,
    version=st.integers(1, 9),
    attempt=st.integers(1, 9),
    holder=maybe,
    attachments=st.lists(attachments, max_size=2).map(tuple),
    references=st.lists(references, max_size=2).map(tuple),
    failure=st.none() | st.builds(Failure, code=words, message=words, where=maybe, remedy=maybe),
)
nodes: Final = st.one_of(
    st.builds(
        lambda name, version, facts: LineageNode(id=f"artifact:{name}@{version}", kind=NodeKind.ARTIFACT, facts=facts),
        names,
        st.integers(1, 9),
        st.fixed_dictionaries({"type": maybe, "size": st.none() | sizes}),
    ),
    st.builds(
        lambda kind, name: LineageNode(id=f"{kind.value}:{name}", kind=kind, facts={"state": name}),
        st.sampled_from([NodeKind.INTENT, NodeKind.EXECUTION, NodeKind.ATTACHMENT]),
        names,
    ),
)
lineages: Final = st.builds(
    Lineage,
    start=words,
    nodes=st.lists(nodes, max_size=3).map(tuple),
    edges=st.lists(st.builds(LineageEdge, words, st.sampled_from(Relation), words), max_size=3).map(tuple),
    truncated=st.booleans(),
    position=sizes,
)


def _told(view: Json) -> Json:
    """The view as it arrives elsewhere."""
    told: Json = json.loads(json.dumps(view))
    return told


@given(artifacts)
def test_an_artifact_comes_back_but_for_where_its_bytes_are(artifact: Artifact) -> None:
    back = views_reading.record_of_view(_told(views.record_view(artifact)))
    parts = tuple(attrs.evolve(part, location=None) for part in artifact.parts)
    assert back == attrs.evolve(artifact, parts=parts)
    assert views.record_view(back) == views.record_view(artifact)


@given(receipts)
def test_a_receipt_comes_back_for_the_tenant_whose_it_is(receipt: Receipt) -> None:
    assert views_reading.receipt_of_view(_told(views.receipt_view(receipt)), "acme") == receipt


@given(executions, st.lists(receipts, max_size=2))
def test_an_execution_comes_back_but_for_its_holder_and_fingerprint(run: Execution, found: list[Receipt]) -> None:
    """To write it again gives the same view; so the command line says the same of a service as of a home."""
    view = {
        **views.result_view(ExecutionResult(execution=run)),
        "receipts": [views.receipt_view(one) for one in found],
    }
    back = views_reading.result_of_view(_told(view))
    assert views.execution_view(back.execution) == views.execution_view(run)
    assert back.receipts == tuple(found)
    kept = attrs.evolve(run, fingerprint=Digest(""), holder=None, attachments=back.execution.attachments)
    assert back.execution == kept
    for one, record in zip(back.execution.attachments, run.attachments, strict=True):
        assert attrs.evolve(one, location=None) == attrs.evolve(record, location=None)


@given(lineages)
def test_a_lineage_comes_back(lineage: Lineage) -> None:
    assert views_reading.lineage_of_view(_told(views.lineage_view(lineage))) == lineage


@given(policies.texts, st.integers(1, 10**6))
def test_a_policy_comes_back_with_every_rule_and_its_place(texts: policies.Texts, cache_ttl: int) -> None:
    document = attrs.evolve(
        texts.compiled().document,
        cache_ttl=cache_ttl,
        retention={"kept": RetentionClass(name="kept", keep=86_400, source="platform.yaml:1:1")},
    )
    record = PolicyRecord(digest="blake3:policy", document=document)
    assert views_policy_reading.policy_of_view(_told(views_policy.policy_view(record))) == record


def test_an_empty_override_is_another_thing_than_none() -> None:
    table = policies.EMPTY.compiled().document.platform
    for override in (None, table):
        record = PolicyRecord(digest="d", document=PolicyDocument(platform=table, override=override))
        assert views_policy_reading.policy_of_view(_told(views_policy.policy_view(record))) == record


@given(
    policies.subjects(size=st.none() | sizes),
    st.lists(st.tuples(sizes, rulings), min_size=1, max_size=3),
    st.booleans(),
)
def test_an_outlook_comes_back(subject: Subject, outcomes: list[tuple[int, Ruling]], matters: bool) -> None:
    outlook = Outlook(subject=subject, policy_digest="d", outcomes=tuple(outcomes), size_matters=matters)
    assert views_policy_reading.outlook_of_view(_told(views_policy.outlook_view(outlook))) == outlook


def test_a_problem_of_a_policy_comes_back() -> None:
    problem = PolicyProblem(file="a.yaml", line=2, column=3, message="no")
    assert views_reading.problem_of_view(_told(views.problem_view(problem))) == problem


def test_pages_come_back_with_their_cursor() -> None:
    artifact, run = an_artifact(), an_execution(holder=None)
    page = views_reading.page_of_view({"artifacts": [views.record_view(artifact)], "next": "c"})
    assert (page.artifacts, page.next) == ((artifact,), "c")
    found, following = views_reading.executions_of_view({"executions": [views.execution_view(run)], "next": None})
    assert (found, following) == ((attrs.evolve(run, fingerprint=Digest("")),), None)


@pytest.mark.parametrize(
    "read",
    [
        views_reading.record_of_view,
        views_reading.page_of_view,
        views_reading.ruling_of_view,
        views_reading.outcomes_of_view,
        views_reading.execution_of_view,
        views_reading.result_of_view,
        views_reading.executions_of_view,
        views_reading.dry_run_of_view,
        views_reading.lineage_of_view,
        views_reading.problem_of_view,
        views_reading.object_of,
        views_reading.texts_of,
        views_policy_reading.policy_of_view,
        views_policy_reading.outlook_of_view,
        views_policy_reading.subject_of_view,
        lambda view: views_reading.receipt_of_view(view, "acme"),
    ],
)
@pytest.mark.parametrize("view", [None, 3, "secret", ["secret"], {"secret": 1}])
def test_what_is_no_such_view_is_damage_and_nothing_of_it_is_repeated(
    read: Callable[[Json], object], view: Json
) -> None:
    takes_it = (read is views_reading.object_of and isinstance(view, dict)) or (
        read is views_reading.texts_of and isinstance(view, list)
    )
    if takes_it:
        read(view)
        return
    with pytest.raises(Damaged) as caught:
        read(view)
    assert "secret" not in str(caught.value) and caught.value.remedy


def test_fields_that_a_later_release_adds_are_passed_over() -> None:
    """The views' promise: fields may be added."""
    record, run = views.record_view(an_artifact()), views.execution_view(an_execution())
    assert views_reading.record_of_view({**record, "new": 1}) == an_artifact()
    assert views_reading.execution_of_view({**run, "new": 1}).execution_id == "execution-1"
    receipt = views.receipt_view(a_receipt())
    assert views_reading.receipt_of_view({**receipt, "new": 1}, "acme") == a_receipt()
    problem: Json = {"file": "a", "line": 1, "column": 1, "message": "no", "new": 1}
    assert views_reading.problem_of_view(problem).message == "no"
