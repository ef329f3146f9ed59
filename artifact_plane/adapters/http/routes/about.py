"""What there is to ask about one artifact: versions, receipts, explanation, lineage; and whole ids of short ones."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Final

import attrs

from artifact_plane.adapters.codec.views import lineage_view, receipt_view, record_view
from artifact_plane.adapters.http.answers import HttpAnswer, answer, answer_of_many
from artifact_plane.adapters.http.bodies import LineageBody
from artifact_plane.adapters.http.idempotency import fingerprint_of, once
from artifact_plane.adapters.http.listing import Page, listed, weight_of
from artifact_plane.adapters.http.operations import Call
from artifact_plane.adapters.http.parameters import choice, number
from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.adapters.http.routes.artifacts import AFTER, MOST_VERSIONS, VERSION
from artifact_plane.adapters.http.uploads import json_body
from artifact_plane.domain.model.artifact import Artifact, Receipt
from artifact_plane.domain.model.errors import Conflict, InvalidInput, Unavailable
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import MAX_DEPTH, MAX_NODES, Bounds, Lineage
from artifact_plane.domain.model.request import Request, Subject
from artifact_plane.ports.application import LineageQueries

UPSTREAM, DOWNSTREAM, IMPACT = "upstream", "downstream", "impact"
DIRECTION: Final = choice(
    "direction",
    "What it came from, what came of it, or the artifacts that a change of it would concern.",
    (UPSTREAM, DOWNSTREAM, IMPACT),
    UPSTREAM,
)
DEPTH: Final = number("depth", "Steps to go at most.", 1, MAX_DEPTH, Bounds().depth)
NODES: Final = number("nodes", "Nodes to show at most.", 1, MAX_NODES, Bounds().nodes)
AT_LEAST: Final = number(
    "at_least", "The ledger position that the answer must have seen; `position` of an earlier one.", 0, 2**53, 0
)
OF_VERSION: Final = attrs.evolve(VERSION, about="Of another version than the current one; impact is that of all.")
LINEAGE_BY: Final = (DIRECTION, DEPTH, NODES, OF_VERSION, AT_LEAST)
VERSIONS: Final = number("limit", "How many at once.", 1, 1_000, 1_000)
VERSIONS_BY: Final = (VERSIONS, AFTER)
PATH_BY: Final = (DEPTH, NODES)


async def versions(call: Call) -> HttpAnswer:
    """``GET …/versions``: oldest first; a deleted artifact's too."""
    found = await call.application.plane.versions(call.identifier("artifact_id"), call.tenant_id)

    async def page(limit: int) -> Page[Artifact]:
        left = [one for one in found if one.version > _seen_version(call.query.get(AFTER))]
        return left[:limit], str(left[limit - 1].version) if len(left) > limit else None

    return await listed(call, "versions", call.query.get(VERSIONS), page, record_view, weight_of)


def _seen_version(after: str | None) -> int:
    if after is None:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) <= len(str(MOST_VERSIONS))):
        raise InvalidInput("this is no cursor of the list", where="after", remedy="turn pages with `next`")
    return int(after)


async def receipts(call: Call) -> HttpAnswer:
    """``GET …/receipts``: newest version last; a deleted artifact's too."""
    found = (await call.application.steward.explain(call.identifier("artifact_id"), call.tenant_id)).receipts
    return await answer_of_many(_rulings(found), lambda: {"receipts": [receipt_view(one) for one in found]})


async def explain(call: Call) -> HttpAnswer:
    """``GET …/explain``: the record and every receipt."""
    explanation = await call.application.steward.explain(call.identifier("artifact_id"), call.tenant_id)
    return await answer_of_many(
        _rulings(explanation.receipts),
        lambda: {
            "artifact": record_view(explanation.artifact),
            "receipts": [receipt_view(one) for one in explanation.receipts],
        },
    )


async def lineage(call: Call) -> HttpAnswer:
    """``GET …/lineage``."""
    artifact_id, get = call.identifier("artifact_id"), call.query.get
    queries, bounds = call.application.lineage, Bounds(depth=get(DEPTH), nodes=get(NODES))
    if get(DIRECTION) == IMPACT:
        found = await queries.impact(artifact_id, call.tenant_id, bounds=bounds)
        return await answer_of_many(len(found), lambda: {"artifacts": [record_view(one) for one in found]})
    try:
        return await _lineage(await _asked(call, queries, artifact_id, bounds, get(AT_LEAST)))
    except Unavailable as error:
        raise await _not_yet(call, _asked(call, queries, artifact_id, bounds, 0), error) from error


async def path(call: Call) -> HttpAnswer:
    """``GET …/lineage/path/{origin}``: a shortest way up to another artifact."""
    artifact_id, origin = call.identifier("artifact_id"), call.identifier("origin")
    bounds = Bounds(depth=call.query.get(DEPTH), nodes=call.query.get(NODES))
    return await _lineage(await call.application.lineage.path(artifact_id, origin, call.tenant_id, bounds=bounds))


async def register(call: Call) -> HttpAnswer:
    """``POST …/lineage``."""
    artifact_id = call.identifier("artifact_id")
    said = await json_body(call, LineageBody)
    body, context = said.body, ExecutionContext(tenant_id=call.tenant_id)

    async def act(request: Request | None) -> HttpAnswer:
        plane = call.application.plane
        found = await plane.register_lineage(artifact_id, body.source_execution_id, body.source_intent, context)
        if request is None:
            return await _lineage(found)
        # To say it again has no effect, so this need not be one commit with it.
        await plane.record_request(request.about(found.start), call.tenant_id)
        return await again(found.start)

    async def again(_: Subject) -> HttpAnswer:
        return await _lineage(await call.application.lineage.upstream(artifact_id, call.tenant_id))

    return await once(call, lambda: fingerprint_of(call, *said.content), act, again)


async def resolve(call: Call) -> HttpAnswer:
    """``GET /api/resolve/{prefix}``."""
    prefix = call.identifier("prefix")
    try:
        return answer({"artifact_id": await call.application.plane.resolve(prefix, call.tenant_id)})
    except InvalidInput as error:  # the prefix is legal: several ids begin so
        raise Conflict(error.message, where=error.where, remedy=error.remedy) from error


def _asked(call: Call, queries: LineageQueries, artifact_id: str, bounds: Bounds, at_least: int) -> Awaitable[Lineage]:
    ask = queries.downstream if call.query.get(DIRECTION) == DOWNSTREAM else queries.upstream
    return ask(artifact_id, call.tenant_id, bounds=bounds, version=call.query.get(OF_VERSION), at_least=at_least)


async def _not_yet(call: Call, asking: Awaitable[Lineage], error: Unavailable) -> Exception:
    """Tell a graph that has not come so far yet from one that does not answer."""
    wanted = call.query.get(AT_LEAST)
    found = await asking
    if found.position >= wanted:
        return error
    return RequestProblem(
        409,
        "not_yet",
        f"the lineage has come to position {found.position}, not yet to {wanted}",
        where="query parameter at_least",
        remedy="ask again a little later, or without it",
        headers={"retry-after": "1"},
    )


async def _lineage(found: Lineage) -> HttpAnswer:
    return await answer_of_many(len(found.nodes) + len(found.edges), lambda: lineage_view(found))


def _rulings(receipts: Iterable[Receipt]) -> int:
    return sum(len(one.parts) for one in receipts)
