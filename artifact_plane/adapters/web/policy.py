"""Policy: what is in force and from where, what it would say to something, and what is wrong with a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs
from litestar import Response, get, post

from artifact_plane.adapters.codec.views_policy import condition_view
from artifact_plane.adapters.http.callers import HttpRequest, caller_of, request_id_of
from artifact_plane.adapters.http.problems import Problem, problem_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web import words
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.adapters.web.forms import fields_of
from artifact_plane.adapters.web.page import page
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision, Subject
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput, PolicyProblem
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.domain.model.policy import DEFAULT_ENTRY
from artifact_plane.domain.model.policy_document import Choice, PolicyDocument, RuleTable
from artifact_plane.domain.model.policy_text import parse_size
from artifact_plane.domain.model.question import question
from artifact_plane.ports.answers import Outlook

MOST_TEXT: Final = 1024 * 1024


@attrs.frozen(kw_only=True)
class RuleRow:
    """One rule as a row: what it is about, what it says, on which condition, and where it is written."""

    name: str
    decision: MaterializationDecision
    extent: str
    when: str
    source: str
    view: bool = False


@attrs.frozen(kw_only=True)
class StewardRow:
    """One rule of the steward as a row."""

    rule: GovernanceRule
    demand: str
    when: str


@attrs.frozen(kw_only=True)
class Line:
    """A line of a checked text, and what is wrong in it."""

    text: str
    problems: tuple[PolicyProblem, ...]


@get("/policy", include_in_schema=False)
async def policy_page(request: HttpRequest) -> Response[bytes]:
    """The policy in force for a solution; with a question in the query, its answer."""
    asked, tenant = Asked.of(request), caller_of(request).tenant_id
    solution = check_identifier("solution id", asked.text("solution") or "default")
    in_force, problem = await _in_force(request, tenant, solution)
    outlook, refusal = (None, None) if problem else await _answer(request, asked, solution)
    trouble = problem or refusal
    return page(
        request,
        "policy.html",
        status=trouble.status if trouble else 200,
        asked=asked,
        solution=solution,
        digest=in_force.digest if in_force else "",
        tables=tables_of(in_force.document) if in_force else None,
        problem=problem,
        outlook=outlook,
        refusal=refusal,
    )


@get("/policy/recorded", include_in_schema=False)
async def recorded_policy(request: HttpRequest) -> Response[bytes]:
    """The policy under which something of the caller's was decided: its digest, and what it was, in the query."""
    asked = Asked.of(request)
    record = await service_of(request).application.steward.policy_by_digest(
        asked.text("digest") or "", caller_of(request).tenant_id, asked.text("about") or ""
    )
    return page(request, "policy_recorded.html", digest=record.digest, tables=tables_of(record.document))


@post("/policy/check", include_in_schema=False, status_code=200)
async def check_policy(request: HttpRequest) -> Response[bytes]:
    """What is wrong with a pasted text, at its lines."""
    form = await fields_of(request, max_bytes=3 * MOST_TEXT)
    text = form.raw("text")
    governance = form.text("governance") is not None
    found = await service_of(request).application.steward.check(text.encode(), "pasted", governance=governance)
    return page(
        request,
        "policy_check.html",
        headers={"cache-control": "private, no-cache"},  # what was pasted, nothing else: the back button finds it again
        text=text,
        governance=governance,
        problems=found,
        lines=lines_of(text, found),
    )


async def _in_force(request: HttpRequest, tenant: str, solution: str) -> tuple[PolicyRecord | None, Problem | None]:
    """The policy in force, or why there is none: the page then tells that, and still checks texts."""
    try:
        return await service_of(request).application.steward.policy(tenant, solution), None
    except ArtifactPlaneError as error:
        return None, problem_of(error, request_id_of(request))


async def _answer(request: HttpRequest, asked: Asked, solution: str) -> tuple[Outlook | None, Problem | None]:
    """What the policy would say to what was asked, or what is wrong with the question."""
    if asked.text("type") is None:
        return None, None
    try:
        subject = subject_of(asked, caller_of(request).tenant_id, solution)
        return await service_of(request).application.steward.would_rule(subject), None
    except ArtifactPlaneError as error:
        return None, problem_of(error, request_id_of(request))


def subject_of(asked: Asked, tenant_id: str, solution_id: str) -> Subject:
    """The subject that the fields of the box describe. Raises InvalidInput."""
    return question(
        result_type=asked.text("type") or "",
        tenant_id=tenant_id,
        solution_id=solution_id,
        rendering=asked.text("rendering"),
        labels=(asked.text("labels") or "").replace(",", " ").split(),
        media_type=asked.text("media_type"),
        realm=asked.text("realm"),
        intent_type=asked.text("intent_type"),
        size=asked.read("bytes", _size),
        regenerable=asked.text("regenerable") is not None,
        explicit=asked.text("explicit") is not None,
    )


def _size(text: str) -> int:
    found = parse_size(text)
    if found is None:
        raise InvalidInput(f"{printable(text)} is no size", where="size", remedy="write it as in 4096, 20MiB or 30 MB")
    return found


# What is in force


@attrs.frozen(kw_only=True)
class Tables:
    """A policy as tables, strongest layer first."""

    governance: tuple[StewardRow, ...]
    override: tuple[RuleRow, ...] | None
    override_origin: str
    platform: tuple[RuleRow, ...]
    platform_origin: str
    retention: tuple[tuple[str, str, str], ...]
    cache_ttl: str


def tables_of(document: PolicyDocument) -> Tables:
    """The rules of a policy as rows."""
    override = document.override
    return Tables(
        governance=tuple(
            StewardRow(rule=rule, demand=_demand(rule), when=_when(rule.when)) for rule in document.governance
        ),
        override=None if override is None else tuple(_rows(override)),
        override_origin="" if override is None else override.origin,
        platform=tuple(_rows(document.platform)),
        platform_origin=document.platform.origin,
        retention=tuple((one.name, words.duration(one.keep), one.source) for one in document.retention.values()),
        cache_ttl=words.duration(document.cache_ttl),
    )


def _rows(table: RuleTable) -> Iterator[RuleRow]:
    for name, rules in table.entries.items():
        shown = "everything else" if name == DEFAULT_ENTRY else name
        for rule in rules:
            yield _row(shown, rule.choice, _when(rule.when), rule.source)
            for view, choice in rule.renderings.items():
                yield _row(f"{shown}, its {view}", choice, _when(rule.when), rule.source, view=True)


def _row(name: str, choice: Choice, when: str, source: str, *, view: bool = False) -> RuleRow:
    extent = words.ttl(choice.ttl) or (f"as {choice.retention}" if choice.retention else "")
    return RuleRow(name=name, decision=choice.decision, extent=extent, when=when, source=source, view=view)


def _demand(rule: GovernanceRule) -> str:
    if rule.require is not None:
        return f"requires {rule.require.value}"
    return "denies " + " and ".join(sorted(decision.value for decision in rule.deny))


def _when(condition: Condition) -> str:
    return ", ".join(f"{name} {_wanted(value)}" for name, value in condition_view(condition).items())


def _wanted(value: object) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{word} {words.size(bound)}" for word, bound in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def lines_of(text: str, found: Sequence[PolicyProblem]) -> tuple[Line, ...]:
    """The lines of a text, each with the problems that are in it."""
    return tuple(
        Line(text=line, problems=tuple(one for one in found if one.line == number))
        for number, line in enumerate(text.splitlines(), start=1)
    )
