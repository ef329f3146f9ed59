"""The views read back into domain values: what a client of the service makes of its answers.

Each function is the counterpart of the one in ``views`` of which it reads what that wrote. What a view leaves out
cannot come back: where the store has put bytes (``location``), and an execution's ``fingerprint`` and ``holder``. To
write the value as a view again gives the same view. All of them raise ``Damaged`` for what is no such view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar, cast

from artifact_plane.domain.model.artifact import (
    Artifact,
    ArtifactPage,
    ArtifactRef,
    ArtifactState,
    Part,
    PartRuling,
    Place,
    Receipt,
    RenderedBy,
)
from artifact_plane.domain.model.decision import Layer, MaterializationDecision, Role, Ruling, Subject
from artifact_plane.domain.model.errors import Damaged, PolicyProblem
from artifact_plane.domain.model.execution import AttachmentRecord, Execution, ExecutionState, Failure
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.domain.model.lineage import Lineage, LineageEdge, LineageNode, NodeKind, Relation
from artifact_plane.domain.model.plan import Meaning, OutputPlan, Plan, Step
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.result import Output
from artifact_plane.ports.answers import DryRun, ExecutionResult

T = TypeVar("T")
Fields: TypeAlias = Mapping[str, Any]
"""A decoded JSON object: a field that is missing or of another kind shows when the value is built from it."""

_NOT_TOLD: Final = Digest("")
"""Stands for a digest that a view leaves out."""


def read(what: str, reader: Callable[[Fields], T], view: Json) -> T:
    """What ``reader`` makes of a view.

    Raises:
        Damaged: it is not the view of a ``what``; nothing of it is repeated.
    """
    try:
        if not isinstance(view, Mapping):
            raise TypeError("no JSON object")
        return reader(view)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise Damaged(
            f"this is no {what} as this release knows it ({type(error).__name__})",
            where=what,
            remedy="use a client and a service of the same release",
        ) from error


def known(kind: type, fields: Fields) -> Fields:
    """The fields that a class has; those that a later release has added are passed over."""
    return {name: value for name, value in fields.items() if name in kind.__annotations__}


def each(view: Json, reader: Callable[[Json], T]) -> tuple[T, ...]:
    """What ``reader`` makes of every item of a list. Raises Damaged where it is none."""
    if not isinstance(view, list | tuple):
        raise Damaged("a list was expected", remedy="use a client and a service of the same release")
    return tuple(reader(one) for one in view)


# Artifacts


def record_of_view(view: Json) -> Artifact:
    """The artifact of ``record_view``."""
    return read("artifact record", _record, view)


def _record(fields: Fields) -> Artifact:
    return Artifact(
        **{
            **known(Artifact, fields),
            "created_at": datetime.fromisoformat(fields["created_at"]),
            "updated_at": datetime.fromisoformat(fields["updated_at"]),
            "state": ArtifactState(fields["state"]),
            "labels": tuple(fields["labels"]),
            "decision": MaterializationDecision(fields["decision"]),
            "parts": tuple(map(_part, fields["parts"])),
        }
    )


def _part(fields: Fields) -> Part:
    expires_at, rendered_by = fields.get("expires_at"), fields.get("rendered_by")
    return Part(
        name=fields["name"],
        role=Role(fields["role"]),
        media_type=fields["media_type"],
        decision=MaterializationDecision(fields["decision"]),
        place=Place(fields["where"]),
        size=fields["size"],
        digest=fields["digest"],
        expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
        rendered_by=None if rendered_by is None else RenderedBy(**known(RenderedBy, rendered_by)),
    )


def page_of_view(view: Json) -> ArtifactPage:
    """A page of artifacts: ``{artifacts, next}``."""
    return read(
        "page of artifacts",
        lambda fields: ArtifactPage(artifacts=each(fields["artifacts"], record_of_view), next=fields["next"]),
        view,
    )


# Rulings and receipts


def ruling_of_view(view: Json) -> Ruling:
    """The ruling of ``ruling_view``."""
    return read("ruling", _ruling, view)


def _ruling(fields: Fields) -> Ruling:
    return Ruling(
        decision=MaterializationDecision(fields["decision"]),
        layer=Layer(fields["layer"]),
        rule=fields["rule"],
        source=fields["source"],
        reason=fields["reason"],
        ttl=fields["ttl"],
        retention=fields["retention"],
        policy_digest=fields["policy_digest"],
    )


def outcomes_of_view(view: Json) -> tuple[tuple[int, Ruling], ...]:
    """The rulings of ``outcomes_view``, each with its size."""
    return each(view, lambda one: read("outcome", lambda fields: (fields["bytes"], _ruling(fields)), one))


def receipt_of_view(view: Json, tenant_id: str) -> Receipt:
    """The receipt of ``receipt_view``, which leaves out whose it is."""
    return read("receipt", lambda fields: _receipt(fields, tenant_id), view)


def _receipt(fields: Fields, tenant_id: str) -> Receipt:
    return Receipt(
        tenant_id=tenant_id,
        subject=fields["subject"],
        version=fields["version"],
        execution_id=fields["execution_id"],
        key=fields["key"],
        result_type=fields["result_type"],
        labels=tuple(fields["labels"]),
        policy_digest=fields["policy_digest"],
        decided_at=datetime.fromisoformat(fields["decided_at"]),
        whole=_ruling(fields["whole"]),
        parts=tuple(map(_part_ruling, fields["parts"])),
    )


def _part_ruling(fields: Fields) -> PartRuling:
    return PartRuling(
        part=fields["part"],
        role=Role(fields["role"]),
        ruling=_ruling(fields),
        media_type=fields["media_type"],
        size=fields["size"],
        note=fields["note"],
    )


# Executions


def execution_of_view(view: Json) -> Execution:
    """The execution of ``execution_view``; without its fingerprint and holder."""
    return read("execution", _execution, view)


def _execution(fields: Fields) -> Execution:
    failure = fields["failure"]
    return Execution(
        **{
            **known(Execution, fields),
            "state": ExecutionState(fields["state"]),
            "created_at": datetime.fromisoformat(fields["created_at"]),
            "updated_at": datetime.fromisoformat(fields["updated_at"]),
            "fingerprint": _NOT_TOLD,
            "references": tuple(map(_reference, fields["references"])),
            "attachments": tuple(map(_attachment, fields["attachments"])),
            "failure": None if failure is None else Failure(**known(Failure, failure)),
        }
    )


def _reference(fields: Fields) -> ArtifactRef:
    return ArtifactRef(
        key=fields["key"],
        artifact_id=fields["artifact_id"],
        version=fields["version"],
        digest=fields["digest"],
        decision=MaterializationDecision(fields["decision"]),
    )


def _attachment(fields: Fields) -> AttachmentRecord:
    """The digest stands for the place of a content that is kept: the store's own address is nobody's business."""
    kept = Place(fields["where"]) is Place.PAYLOAD_STORE
    return AttachmentRecord(
        name=fields["name"],
        digest=fields["digest"],
        size=fields["size"],
        ruling=_ruling(fields),
        location=fields["digest"] if kept else None,
    )


def result_of_view(view: Json) -> ExecutionResult:
    """An execution with its receipts: ``{execution, receipts}``."""
    return read("execution with its receipts", _result, view)


def _result(fields: Fields) -> ExecutionResult:
    execution = execution_of_view(fields["execution"])
    receipts = each(fields["receipts"], lambda one: receipt_of_view(one, execution.tenant_id))
    return ExecutionResult(execution=execution, receipts=receipts)


def executions_of_view(view: Json) -> tuple[tuple[Execution, ...], str | None]:
    """A page of executions: ``{executions, next}``."""
    return read(
        "page of executions", lambda fields: (each(fields["executions"], execution_of_view), fields["next"]), view
    )


# Plans


def dry_run_of_view(view: Json) -> DryRun:
    """The plan of ``dry_run_view`` with its ``outputs``: the rulings in full, the outputs without their content."""
    return read("dry run", _dry_run, view)


def _dry_run(fields: Fields) -> DryRun:
    steps: dict[str, list[Fields]] = {}
    for one in fields["rulings"]:
        steps.setdefault(one["key"], []).append(one)
    outputs = tuple(_output_plan(one, steps.get(one["key"], [])) for one in fields["outputs"])
    attachments = tuple((one["name"], _ruling(one)) for one in fields["attachments"])
    return DryRun(plan=Plan(policy_digest=fields["policy_digest"], outputs=outputs), attachments=attachments)


def _output_plan(fields: Fields, steps: Iterable[Fields]) -> OutputPlan:
    result_type = fields["result_type"]
    return OutputPlan(
        key=fields["key"],
        output=Output(result_type=result_type, semantic_payload={}, labels=fields["labels"]),
        meaning=Meaning(data=b"", digest=fields["digest"]),
        whole=_ruling(fields["whole"]),
        steps=tuple(_step(one, result_type, frozenset(fields["labels"])) for one in steps),
    )


def _step(fields: Fields, result_type: str, labels: frozenset[str]) -> Step:
    role = Role(fields["role"])
    subject = Subject(
        result_type=result_type,
        role=role,
        rendering=fields["part"] if role is Role.RENDERING else None,
        labels=labels,
        media_type=fields["media_type"],
        size=fields["size"],
    )
    return Step(
        part=fields["part"],
        role=role,
        media_type=fields["media_type"],
        subject=subject,
        ruling=_ruling(fields),
        outcomes=outcomes_of_view(fields["outcomes"]),
    )


# Lineage


def lineage_of_view(view: Json) -> Lineage:
    """The lineage of ``lineage_view``."""
    return read("lineage", _lineage, view)


def _lineage(fields: Fields) -> Lineage:
    return Lineage(
        start=fields["start"],
        nodes=tuple(map(_node, fields["nodes"])),
        edges=tuple(LineageEdge(one["source"], Relation(one["relation"]), one["target"]) for one in fields["edges"]),
        truncated=fields["truncated"],
        position=fields["position"],
    )


def _node(fields: Fields) -> LineageNode:
    kind = NodeKind(fields["kind"])
    added = {"id", "kind"} | ({"artifact_id", "version"} if kind is NodeKind.ARTIFACT else set())
    facts = {name: fact for name, fact in fields.items() if name not in added}
    return LineageNode(id=fields["id"], kind=kind, facts=facts)


# Problems


def problem_of_view(view: Json) -> PolicyProblem:
    """The problem of ``problem_view``."""
    return read("problem of a policy", lambda fields: PolicyProblem(**known(PolicyProblem, fields)), view)


def texts_of(view: Json) -> tuple[str, ...]:
    """A list of texts."""
    return each(view, lambda one: cast(str, one))


def object_of(view: Json) -> JsonObject:
    """A JSON object."""
    return read("JSON object", lambda fields: fields, view)
