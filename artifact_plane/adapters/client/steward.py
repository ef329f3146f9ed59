"""Policy at a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from artifact_plane.adapters.client.bodies import document
from artifact_plane.adapters.client.conversation import Conversation, Query
from artifact_plane.adapters.client.elsewhere import not_over_http
from artifact_plane.adapters.client.forms import Document
from artifact_plane.adapters.client.plane import path_of
from artifact_plane.adapters.client.tenancy import Tenancy
from artifact_plane.adapters.codec.views_policy_reading import outlook_of_view, policy_of_view
from artifact_plane.adapters.codec.views_reading import each, problem_of_view, receipt_of_view, record_of_view
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Basis, Role, Subject
from artifact_plane.domain.model.errors import InvalidInput, PolicyProblem
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import SEMANTIC_PART
from artifact_plane.ports.answers import Explanation, Outlook
from artifact_plane.ports.application import Steward


class HttpSteward(Steward):
    """The steward of a service."""

    def __init__(self, talk: Conversation, tenancy: Tenancy) -> None:
        self._talk: Final = talk
        self._tenancy: Final = tenancy

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        self._tenancy.check(tenant_id)
        return policy_of_view(await self._talk.get("api/policy", {"solution": solution_id}))

    async def policy_by_digest(self, digest: str, tenant_id: str, subject: str) -> PolicyRecord:
        """Not over HTTP: policies that were in force once."""
        raise not_over_http("policies by their digest")

    async def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        self._tenancy.check(tenant_id)
        answer = await self._talk.get(f"{path_of(artifact_id)}/explain")
        artifact = record_of_view(answer.get("artifact"))
        self._tenancy.seen(artifact.tenant_id, tenant_id)
        receipts = each(answer.get("receipts"), lambda one: receipt_of_view(one, artifact.tenant_id))
        return Explanation(artifact=artifact, receipts=receipts)

    async def would_rule(self, subject: Subject) -> Outlook:
        """As the port says, for a subject that the service can be asked about.

        Raises:
            InvalidInput: it says its role or basis otherwise than its other facts do.
        """
        self._tenancy.check(subject.tenant_id)
        outlook = outlook_of_view(await self._talk.question("api/policy/explain", document(_question(subject))))
        self._tenancy.seen(outlook.subject.tenant_id, subject.tenant_id)
        asked = attrs.evolve(subject, tenant_id=outlook.subject.tenant_id, solution_id=subject.solution_id or "default")
        if outlook.subject != asked:
            raise InvalidInput(
                "a service cannot be asked about a subject of this role and basis",
                where="subject",
                remedy="let role and basis follow from result type, rendering and explicit request",
            )
        return outlook

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        unreadable = _no_text(text, name)
        if unreadable is not None:
            return (unreadable,)
        query: Query = {"governance": governance}  # what the file is called, is told here: any name will do
        answer = await self._talk.question("api/policy/check", Document(text, "text/yaml"), query)
        problems = each(answer.get("errors"), problem_of_view)
        return tuple(attrs.evolve(one, file=name) for one in problems)


def _no_text(data: bytes, name: str) -> PolicyProblem | None:
    """The problem of what is no text, which no service takes for a policy."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return PolicyProblem(file=name, line=line, column=column, message="a byte that is not UTF-8")
    return None


def _question(subject: Subject) -> dict[str, Json]:
    """The facts of a subject as the service asks for them; what is not known is left out."""
    given: dict[str, Json] = {
        "bytes": subject.size,
        "rendering": SEMANTIC_PART if subject.role is Role.SEMANTIC else subject.rendering,
        "media_type": subject.media_type,
        "realm": subject.realm,
        "intent_type": subject.intent_type,
        "solution_id": subject.solution_id or None,
    }
    return {
        "result_type": subject.result_type,
        "labels": sorted(subject.labels),
        "regenerable": subject.regenerable,
        "explicit": subject.basis is Basis.EXPLICIT,
        **{name: value for name, value in given.items() if value is not None},
    }
