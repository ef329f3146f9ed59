"""Whose the plane is: a service takes the tenant from the token, and the port's methods name one.

A tenant that is named and is not the token's would be passed over by the service without a word. So the client finds
out whose the token is before anything is done: from a record, an execution, or what the policy is asked about,
whichever the token may see. Where it may see none of them yet, the first answer that names a tenant is compared.
"""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.client.conversation import Conversation, Query
from artifact_plane.adapters.client.forms import Document
from artifact_plane.adapters.client.problems import NoToken
from artifact_plane.domain.model.errors import InvalidInput, NotPermitted
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.domain.model.json import Json, JsonObject

_LISTS: Final[tuple[tuple[str, Query, str], ...]] = (
    ("api/artifacts", {"state": "all", "limit": 1}, "artifacts"),
    ("api/executions", {"limit": 1}, "executions"),
)
_QUESTION: Final = b'{"result_type":"note"}'


class Tenancy:
    """Compares the tenants that are named with the token's; where it is not ``strict``, whichever is named is taken."""

    def __init__(self, *, strict: bool) -> None:
        self._strict: Final = strict
        self._known: str | None = None

    async def find_out(self, talk: Conversation) -> None:
        """Ask the service whose the token is, in the ways that the token allows.

        Raises:
            NotPermitted: the token is not valid.
            Unavailable: the service does not answer.
        """
        if not self._strict:
            return
        self._known = await _of_lists(talk) or await _of_question(talk)

    def check(self, tenant_id: str) -> str:
        """The tenant that a call names.

        Raises:
            InvalidInput: it is not the token's, or no legal id.
        """
        check_identifier("tenant id", tenant_id)
        if self._strict and self._known is not None and tenant_id != self._known:
            raise InvalidInput(
                f"the token is of another tenant than {printable(tenant_id)}",
                where="tenant id",
                remedy=f"name the token's own, {self._known}, or connect with a token of that tenant",
            )
        return tenant_id

    def seen(self, tenant_id: str, named: str) -> None:
        """An answer to a call that named ``named`` is of ``tenant_id``. Raises as ``check``."""
        self._known = tenant_id
        self.check(named)


async def _of_lists(talk: Conversation) -> str | None:
    for path, query, name in _LISTS:
        try:
            answer = await talk.get(path, query)
        except NoToken:
            raise
        except NotPermitted:  # the token may not read
            continue
        if found := _first(answer, name):
            return found
    return None


async def _of_question(talk: Conversation) -> str | None:
    try:
        subject = (await talk.question("api/policy/explain", Document(_QUESTION))).get("subject")
    except NoToken:
        raise
    except (NotPermitted, InvalidInput):  # it may not ask about policy, or the policy in force does not load
        return None
    return _text(subject, "tenant_id")


def _first(answer: JsonObject, name: str) -> str | None:
    items = answer.get(name)
    return _text(items[0], "tenant_id") if isinstance(items, list) and items else None


def _text(value: Json, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
