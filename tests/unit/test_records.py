"""Domain values as JSON for storage: what was written reads back equal, and what was not written is damage."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.codec.records import (
    attachment_body,
    attachment_of,
    event_body,
    event_of,
    execution_body,
    execution_of,
    policy_body,
    policy_digest,
    policy_of,
    receipt_body,
    receipt_of,
    ruling_body,
    ruling_of,
)
from artifact_plane.domain.model.artifact import ArtifactRef, PartRuling, Receipt
from artifact_plane.domain.model.change import Event
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.governance import COVERED, GovernanceRule
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, RetentionClass, Rule, RuleTable
from artifact_plane.domain.model.rendering import Digest
from tests.doubles.samples import a_policy_document, a_receipt, an_attachment, an_event, an_execution

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
digests = texts.map(Digest)
counts = st.integers(0, 2**53)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
decisions = st.sampled_from(MaterializationDecision)
documents = st.dictionaries(
    texts, st.none() | st.booleans() | counts | texts | st.lists(counts, max_size=3), max_size=3
)
lives = st.none() | st.just("session") | counts


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """The value, or None."""
    return st.none() | values


rulings = st.builds(
    Ruling,
    decision=decisions,
    layer=st.sampled_from(Layer),
    rule=texts,
    source=texts,
    reason=texts,
    ttl=lives,
    retention=maybe(texts),
    policy_digest=texts,
)
receipts = st.builds(
    Receipt,
    tenant_id=texts,
    subject=texts,
    version=maybe(counts),
    execution_id=maybe(texts),
    key=texts,
    result_type=texts,
    labels=st.lists(texts, max_size=3).map(tuple),
    policy_digest=texts,
    decided_at=moments,
    whole=rulings,
    parts=st.lists(
        st.builds(
            PartRuling,
            part=texts,
            role=st.sampled_from(Role),
            ruling=rulings,
            media_type=maybe(texts),
            size=maybe(counts),
            note=maybe(texts),
        ),
        max_size=3,
    ).map(tuple),
)
attachments = st.builds(
    AttachmentRecord, name=texts, digest=digests, size=counts, ruling=rulings, location=maybe(texts)
)
executions = st.builds(
    Execution,
    tenant_id=texts,
    execution_id=texts,
    intent_id=texts,
    intent_type=texts,
    session_id=texts,
    solution_id=texts,
    realm=texts,
    state=st.sampled_from(ExecutionState),
    policy_digest=texts,
    fingerprint=digests,
    created_at=moments,
    updated_at=moments,
    version=counts,
    attempt=counts,
    holder=maybe(texts),
    attachments=st.lists(attachments, max_size=2).map(tuple),
    references=st.lists(
        st.builds(ArtifactRef, key=texts, artifact_id=texts, version=counts, digest=digests, decision=decisions),
        max_size=2,
    ).map(tuple),
    failure=maybe(st.builds(Failure, code=texts, message=texts, where=maybe(texts), remedy=maybe(texts))),
)
events = st.builds(Event, event_id=texts, tenant_id=texts, event_type=texts, subject=texts, at=moments, body=documents)
some_texts = st.none() | st.frozensets(texts, max_size=3)
conditions = st.builds(
    Condition,
    result_types=some_texts,
    realms=some_texts,
    labels=some_texts,
    media_types=some_texts,
    over=maybe(counts),
    under=maybe(counts),
    regenerable=maybe(st.booleans()),
)
choices = st.builds(Choice, decision=decisions, ttl=lives, retention=maybe(texts))
rules = st.builds(
    Rule,
    name=texts,
    source=texts,
    choice=choices,
    when=conditions,
    renderings=st.dictionaries(texts, choices, max_size=2),
)
tables = st.builds(
    RuleTable, origin=texts, entries=st.dictionaries(texts, st.lists(rules, max_size=2).map(tuple), max_size=2)
)
policies = st.builds(
    PolicyDocument,
    platform=tables,
    override=maybe(tables),
    governance=st.lists(
        st.builds(
            GovernanceRule,
            name=texts,
            when=conditions,
            reason=texts,
            source=texts,
            deny=st.frozensets(decisions),
            require=maybe(decisions),
            on=st.frozensets(st.sampled_from(sorted(COVERED))),
        ),
        max_size=2,
    ).map(tuple),
    retention=st.dictionaries(texts, st.builds(RetentionClass, name=texts, keep=counts, source=texts), max_size=2),
    cache_ttl=counts,
)


def through_storage(body: JsonObject) -> JsonObject:
    """What comes back of a body that was written as JSON."""
    read: JsonObject = orjson.loads(orjson.dumps(body))
    return read


@given(rulings, receipts, attachments, executions, events)
def test_what_was_written_reads_back_equal(
    ruling: Ruling,
    receipt: Receipt,
    attachment: AttachmentRecord,
    execution: Execution,
    event: Event,
) -> None:
    """Every value of every kind, through JSON and back."""
    assert ruling_of(through_storage(ruling_body(ruling))) == ruling
    assert receipt_of(through_storage(receipt_body(receipt))) == receipt
    assert attachment_of(through_storage(attachment_body(attachment))) == attachment
    assert execution_of(through_storage(execution_body(execution))) == execution
    assert event_of(through_storage(event_body(event))) == event


@given(policies)
def test_a_policy_reads_back_equal(document: PolicyDocument) -> None:
    """Every policy, through JSON and back, and its body is the same again."""
    body = policy_body(document)
    assert policy_of(through_storage(body)) == document
    assert policy_body(policy_of(through_storage(body))) == body


@given(receipts, executions)
def test_a_body_is_plain_json(receipt: Receipt, execution: Execution) -> None:
    """Nothing but what JSON has: a body equals itself after storage, in whichever store."""
    for body in (receipt_body(receipt), execution_body(execution)):
        assert through_storage(body) == body


def test_a_time_is_the_same_time_wherever_it_was_told() -> None:
    """A time of another zone reads back as the same moment."""
    there = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    assert event_of(event_body(an_event(when=there))).at == there.astimezone(UTC)


BODIES: list[tuple[JsonObject, Callable[[JsonObject], object]]] = [
    (ruling_body(a_receipt().whole), ruling_of),
    (receipt_body(a_receipt()), receipt_of),
    (attachment_body(an_attachment()), attachment_of),
    (execution_body(an_execution(attachments=[an_attachment()])), execution_of),
    (event_body(an_event()), event_of),
    (policy_body(a_policy_document()), policy_of),
]


@pytest.mark.parametrize(("body", "read"), BODIES, ids=[read.__name__ for _, read in BODIES])
def test_what_cannot_have_been_written_is_damage(body: JsonObject, read: Callable[[JsonObject], object]) -> None:
    """No object at all, or one without its fields: damage with a remedy, that quotes nothing."""
    read(body)
    first = next(iter(body))
    without = {name: value for name, value in body.items() if name != first}
    wrong = [None, 3, "secret", [], {}, ["secret"], without]
    for data in wrong:
        with pytest.raises(Damaged) as caught:
            read(data)  # type: ignore[arg-type]
        assert caught.value.remedy
        assert "secret" not in caught.value.message


def test_a_policys_unknown_field_is_damage_at_its_place() -> None:
    """Nothing in a kept policy is passed over: a field that nobody knows, a word that is no decision."""
    body = through_storage(policy_body(a_policy_document()))
    choice: JsonObject = {"decision": "presist"}
    rule: JsonObject = {"name": "x", "source": "s", "choice": choice, "when": {}, "renderings": {}}
    changes: list[JsonObject] = [
        {**body, "extra": 1},
        {**body, "cache_ttl": True},
        {**body, "cache_ttl": "3600"},
        {**body, "platform": {"origin": "o", "entries": {"x": [rule]}}},
    ]
    for changed in changes:
        with pytest.raises(Damaged) as caught:
            policy_of(changed)
        assert (caught.value.where or "").startswith("policy")


# The digest


def plain(data: bytes) -> str:
    """A digest that shows what it is of."""
    return data.decode()


def test_the_digest_is_of_the_canonical_json() -> None:
    """Sorted keys and no white space; it does not hang on the order in which a policy was put together."""
    document = a_policy_document({"b": MaterializationDecision.PERSIST, "a": MaterializationDecision.CACHE})
    entries = {name: document.platform.entries[name] for name in ("a", "b")}
    other = attrs.evolve(document, platform=attrs.evolve(document.platform, entries=entries))
    assert policy_digest(document, plain) == policy_digest(other, plain)
    told = policy_digest(document, plain)
    assert told == json.dumps(json.loads(told), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(policies, policies)
def test_different_policies_have_different_digests(one: PolicyDocument, other: PolicyDocument) -> None:
    """A digest names one policy."""
    assert (policy_digest(one, plain) == policy_digest(other, plain)) is (one == other)


def test_the_digest_of_a_policy_is_what_it_was() -> None:
    """Digests are kept in records for years: this one must never change."""
    document = PolicyDocument(
        platform=RuleTable(
            origin="platform.yaml",
            entries={
                "a": (
                    Rule(
                        name="a",
                        source="platform.yaml:2:3",
                        choice=Choice(decision=MaterializationDecision.CACHE, ttl="session"),
                        when=Condition(labels=frozenset({"z", "b"}), over=5),
                        renderings={"pdf": Choice(decision=MaterializationDecision.PERSIST, retention="r")},
                    ),
                )
            },
        ),
        governance=(
            GovernanceRule(
                name="g",
                when=Condition(),
                reason="why",
                source="governance.yaml:1:3",
                deny=frozenset({MaterializationDecision.PERSIST, MaterializationDecision.CACHE}),
            ),
        ),
    )
    assert policy_digest(document, plain) == (
        '{"cache_ttl":3600,"governance":[{"deny":["cache","persist"],"name":"g","on":["attachments","meaning",'
        '"renderings"],"reason":"why","source":"governance.yaml:1:3","when":{}}],"platform":{"entries":{"a":[{"choice":'
        '{"decision":"cache","ttl":"session"},"name":"a","renderings":{"pdf":{"decision":"persist","retention":"r"}},'
        '"source":"platform.yaml:2:3","when":{"labels":["b","z"],"over":5}}]},"origin":"platform.yaml"},"retention":{}}'
    )


def test_importing_the_records_does_not_import_the_converter() -> None:
    """What is read and written all the time is by hand; the converter comes when a policy is first kept."""
    code = "import sys, artifact_plane.adapters.codec.records; sys.exit('cattrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
