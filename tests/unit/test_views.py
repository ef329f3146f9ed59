"""Domain values as JSON: the forms that every surface promises."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import attrs
import pytest

from artifact_plane.adapters.codec import views, views_policy
from artifact_plane.domain.model.artifact import Place
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision, Role, Subject
from artifact_plane.domain.model.errors import InvalidPolicy, NotFound, PolicyProblem
from artifact_plane.domain.model.execution import Failure
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.json import admit
from artifact_plane.domain.model.lineage import LineageNode, NodeKind
from artifact_plane.domain.model.policy_document import Choice, RetentionClass, Rule, RuleTable
from artifact_plane.ports.answers import ExecutionResult, Outlook
from artifact_plane.ports.outbox import PendingEvent
from tests.doubles.samples import (
    a_policy_record,
    a_receipt,
    a_reference,
    a_rendering,
    a_ruling,
    an_artifact,
    an_attachment,
    an_event,
    an_execution,
    at,
    completed,
    failed,
    running,
)
from tests.journeys import shapes


def test_a_record_has_the_seeds_field_names_and_ours() -> None:
    artifact = an_artifact(parts=[a_rendering(), a_rendering("svg", place=Place.WORKING_MEMORY)])
    view = views.record_view(artifact)
    shapes.check(json.loads(json.dumps(view)), shapes.RECORD)
    assert view["payload_storage_path"] == artifact.meaning.digest


def test_size_and_digest_are_null_until_a_part_is_rendered() -> None:
    dropped = views.part_view(a_rendering("png", place=Place.NOWHERE))
    assert (dropped["size"], dropped["digest"], dropped["where"]) == (None, None, "dropped")
    assert "expires_at" not in dropped


def test_a_cached_part_says_when_it_expires() -> None:
    cached = views.part_view(a_rendering("png", place=Place.WORKING_MEMORY))
    assert cached["expires_at"] == views.time_view(at(3600))


def test_times_are_in_utc_whatever_zone_they_came_in() -> None:
    east = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert views.time_view(east) == "2025-12-31T23:00:00Z"


def test_a_result_lists_one_ruling_for_each_part_of_each_output_and_attachments_apart() -> None:
    run = completed(running(an_execution(attachments=[an_attachment()])), a_reference(an_artifact()))
    attachment_receipt = a_receipt("blake3:aa", version=None)
    view = views.result_view(ExecutionResult(execution=run, receipts=(a_receipt(), attachment_receipt)))
    shapes.check(json.loads(json.dumps(view)), shapes.RUN)
    rulings = json.loads(json.dumps(view))["rulings"]
    assert [(one["key"], one["part"]) for one in rulings] == [("workflow", "semantic_payload"), ("workflow", "png")]


@pytest.mark.parametrize(
    ("decision", "kept", "ended", "where"),
    [
        (MaterializationDecision.CACHE, True, False, "payload_store"),
        (MaterializationDecision.CACHE, True, True, "dropped"),
        (MaterializationDecision.PERSIST, True, True, "payload_store"),
        (MaterializationDecision.DISCARD, False, False, "dropped"),
    ],
)
def test_an_attachment_says_whether_it_is_still_kept(
    decision: MaterializationDecision, kept: bool, ended: bool, where: str
) -> None:
    attachment = an_attachment(decision=decision, kept=kept)
    assert views.attachment_view(attachment, ended=ended)["where"] == where


def test_a_failure_is_in_the_execution_and_has_the_form_of_an_error_too() -> None:
    run = failed(running(an_execution()))
    assert views.execution_view(run)["failure"] == attrs.asdict(run.failure)  # type: ignore[arg-type]
    failure = Failure(code="invalid_input", message="no rows", where="attachment 'data'")
    assert views.failure_view(failure) == {
        "error": {"code": "invalid_input", "message": "no rows", "where": "attachment 'data'", "remedy": None}
    }


def test_a_node_keeps_its_id_and_kind_whatever_its_facts_are_called() -> None:
    node = LineageNode(id="artifact:a@3", kind=NodeKind.ARTIFACT, facts={"id": "x", "kind": "y", "type": "sop"})
    assert views.node_view(node) == {
        "id": "artifact:a@3",
        "kind": "artifact",
        "type": "sop",
        "artifact_id": "a",
        "version": 3,
    }


def test_a_policys_problems_come_one_by_one() -> None:
    error = InvalidPolicy([PolicyProblem(file="p.yaml", line=2, column=5, message="no")])
    view = json.loads(json.dumps(views.error_view(error)))
    shapes.check(view, shapes.ERROR)
    assert view["error"]["problems"] == [{"file": "p.yaml", "line": 2, "column": 5, "message": "no"}]


def test_an_error_about_what_is_not_utf_8_can_be_written_as_utf_8() -> None:
    view = views.error_view(NotFound("no \udcff", where="\udcff", remedy=None))
    json.dumps(view, ensure_ascii=False).encode()


def test_an_event_has_its_tries_and_its_trouble() -> None:
    view = views.event_view(PendingEvent(event=an_event(), tries=2, trouble="no route"))
    assert (view["tries"], view["trouble"], view["at"]) == (2, "no route", views.time_view(an_event().at))


def test_a_policy_shows_every_layer_with_conditions_as_sorted_lists() -> None:
    when = Condition(labels=frozenset({"pii", "draft"}), over=5)
    choice = Choice(decision=MaterializationDecision.CACHE, ttl="session")
    rule = Rule(name="sop", source="p.yaml:1:1", choice=choice, when=when, renderings={"pdf": choice})
    record = a_policy_record()
    document = attrs.evolve(
        record.document,
        override=RuleTable(origin="p.yaml", entries={"sop": (rule,)}),
        governance=(
            GovernanceRule(
                name="no-pii",
                when=when,
                reason="no PII at rest",
                source="g.yaml:1:1",
                deny=frozenset({MaterializationDecision.PERSIST, MaterializationDecision.CACHE}),
            ),
        ),
        retention={"long": RetentionClass(name="long", keep=60, source="p.yaml:9:1")},
    )
    view = json.loads(json.dumps(views_policy.policy_view(attrs.evolve(record, document=document))))
    assert view["override"]["rules"][0]["when"] == {"labels": ["draft", "pii"], "bytes": {"over": 5}}
    assert view["override"]["rules"][0]["renderings"]["pdf"]["ttl"] == "session"
    assert view["governance"][0]["deny"] == ["cache", "persist"]
    assert view["governance"][0]["on"] == ["attachments", "meaning", "renderings"]
    assert view["retention"] == [{"name": "long", "keep": 60, "source": "p.yaml:9:1"}]
    assert view["platform"]["rules"][0]["when"] == {}


def test_an_outlook_has_one_ruling_or_as_many_outcomes_as_the_size_brings_about() -> None:
    subject = Subject(result_type="visual", role=Role.RENDERING, labels=frozenset({"b", "a"}))
    one = Outlook(subject=subject, policy_digest="p", outcomes=((0, a_ruling()),), size_matters=False)
    view = json.loads(json.dumps(views_policy.outlook_view(one)))
    assert view["ruling"]["decision"] == "persist"
    assert (view["subject"]["labels"], view["subject"]["role"]) == (["a", "b"], "rendering")
    two = attrs.evolve(one, outcomes=((0, a_ruling()), (9, a_ruling())), size_matters=True)
    view = json.loads(json.dumps(views_policy.outlook_view(two)))
    assert view["ruling"] is None
    assert [outcome["bytes"] for outcome in view["outcomes"]] == [0, 9]


def test_every_view_is_json_that_the_plane_itself_would_take() -> None:
    run = completed(running(an_execution(attachments=[an_attachment()])), a_reference(an_artifact()))
    for view in (
        views.record_view(an_artifact(parts=[a_rendering()])),
        views.result_view(ExecutionResult(execution=run, receipts=(a_receipt(),))),
        views.receipt_view(a_receipt()),
        views_policy.policy_view(a_policy_record()),
    ):
        admit(view)
