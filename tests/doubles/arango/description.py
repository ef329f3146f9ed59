"""The requests that the stand-in knows: every one that the adapter sends, and their relatives.

Paths and names are those of ArangoDB's own HTTP documentation; a test holds this table against it where its OpenAPI
file is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

FLAG: Final = re.compile(r"0|1|true|false")
TEXT: Final = re.compile(r".+")
NUMBER: Final = re.compile(r"\d+")

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@attrs.frozen(kw_only=True)
class Described:
    """A request: its place, the parameters in its query string, its body and the statuses of its replies.

    ``body`` gives the JSON type of each field, with ``!`` where it must be there, and ``outer.inner`` for a field
    inside another; None where there is no such object.
    ``documents`` is true where the body is a list of documents, or a document. ``beyond`` are fields and
    parameters that the driver sends although the documentation does not know them there; a server ignores them.
    """

    name: str
    method: str
    path: str
    query: Mapping[str, re.Pattern[str]] = attrs.field(factory=dict)
    required: frozenset[str] = frozenset()
    body: Mapping[str, str] | None = None
    documents: bool = False
    statuses: frozenset[int]
    beyond: frozenset[str] = frozenset()
    variant: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches the paths of such requests; each placeholder is a group."""
        return re.compile(re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(self.path)))

    def problems(self, query: Mapping[str, str], body: object) -> list[str]:
        """What is wrong with a request of this kind."""
        return [*self._query_problems(query), *self._body_problems(body)]

    def _query_problems(self, query: Mapping[str, str]) -> list[str]:
        legal = self.beyond.union(self.query)
        unknown = [f"{self.name}: there is no parameter {name}" for name in query if name not in legal]
        lacking = [f"{self.name}: the parameter {name} is missing" for name in self.required if name not in query]
        wrong = [
            f"{self.name}: {name}={value!r} is not legal"
            for name, value in query.items()
            if name in self.query and self.query[name].fullmatch(value) is None
        ]
        return [*unknown, *lacking, *wrong]

    def _body_problems(self, body: object) -> list[str]:
        if self.documents:
            one_or_many = body if isinstance(body, list) else [body]
            return [] if all(isinstance(one, dict) for one in one_or_many) else [f"{self.name}: no documents"]
        if self.body is None:
            return [] if body is None else [f"{self.name}: it has no body"]
        if not isinstance(body, dict):
            return [f"{self.name}: its body is an object"]
        fields = {**body, **self._inner_fields(body)}
        return [problem for name in {*self.body, *fields} if (problem := self._field_problem(name, fields))]

    def _inner_fields(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """The fields inside the objects that are described further, as ``outer.inner``."""
        described = {name.partition(".")[0] for name in self.body or () if "." in name}
        return {
            f"{outer}.{inner}": value
            for outer, inside in body.items()
            if outer in described and isinstance(inside, dict)
            for inner, value in inside.items()
        }

    def _field_problem(self, name: str, body: Mapping[str, object]) -> str | None:
        assert self.body is not None
        if name in self.beyond:
            return None
        if name not in self.body:
            return f"{self.name}: there is no field {name}"
        kind = self.body[name]
        if name not in body:
            return f"{self.name}: the field {name} is missing" if kind.endswith("!") else None
        value, types = body[name], _TYPES[kind.rstrip("!")]
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if right else f"{self.name}: the field {name} is no {kind}"


_DB: Final = "/_db/{database-name}"
_OVERWRITE: Final = re.compile("ignore|replace|update|conflict")
_DUPLICATE: Final = re.compile("error|update|replace|ignore")
_DOCUMENT_WRITE: Final = {"returnNew": FLAG, "returnOld": FLAG, "silent": FLAG, "waitForSync": FLAG}

REQUESTS: Final = (
    Described(
        name="log in",
        method="POST",
        path="/_open/auth",
        body={"username": "string!", "password": "string!"},
        statuses=frozenset({200, 400, 401}),
    ),
    Described(
        name="version",
        method="GET",
        path=f"{_DB}/_api/version",
        query={"details": FLAG},
        statuses=frozenset({200}),
    ),
    Described(
        name="create database",
        method="POST",
        path="/_db/_system/_api/database",
        body={"name": "string!", "users": "array", "options": "object"},
        statuses=frozenset({201, 400, 403, 409}),
    ),
    Described(
        name="list collections",
        method="GET",
        path=f"{_DB}/_api/collection",
        query={"excludeSystem": FLAG},
        statuses=frozenset({200}),
    ),
    Described(
        name="create collection",
        method="POST",
        path=f"{_DB}/_api/collection",
        body={
            "name": "string!",
            "type": "integer",
            "waitForSync": "boolean",
            "isSystem": "boolean",
            "keyOptions": "object",
        },
        statuses=frozenset({200, 400, 409}),
    ),
    Described(
        name="count documents",
        method="GET",
        path=f"{_DB}/_api/collection/{{collection-name}}/count",
        statuses=frozenset({200, 404}),
    ),
    Described(
        name="truncate collection",
        method="PUT",
        path=f"{_DB}/_api/collection/{{collection-name}}/truncate",
        statuses=frozenset({200, 404}),
    ),
    Described(
        name="drop collection",
        method="DELETE",
        path=f"{_DB}/_api/collection/{{collection-name}}",
        query={"isSystem": FLAG},
        statuses=frozenset({200, 400, 404}),
    ),
    Described(
        name="list indexes",
        method="GET",
        path=f"{_DB}/_api/index",
        query={"collection": TEXT, "withStats": FLAG, "withHidden": FLAG},
        required=frozenset({"collection"}),
        statuses=frozenset({200, 404}),
    ),
    Described(
        name="create index",
        method="POST",
        path=f"{_DB}/_api/index",
        variant="#persistent",
        query={"collection": TEXT},
        required=frozenset({"collection"}),
        body={"type": "string!", "fields": "array!", "name": "string", "unique": "boolean", "sparse": "boolean"},
        statuses=frozenset({200, 201, 400, 404}),
    ),
    Described(
        name="read graph",
        method="GET",
        path=f"{_DB}/_api/gharial/{{graph}}",
        statuses=frozenset({200, 404}),
    ),
    Described(
        name="create graph",
        method="POST",
        path=f"{_DB}/_api/gharial",
        query={"waitForSync": FLAG},
        body={"name": "string!", "edgeDefinitions": "array", "options": "object", "orphanCollections": "array"},
        statuses=frozenset({201, 202, 400, 403, 409}),
    ),
    Described(
        name="drop graph",
        method="DELETE",
        path=f"{_DB}/_api/gharial/{{graph}}",
        query={"dropCollections": FLAG},
        statuses=frozenset({202, 403, 404}),
    ),
    Described(
        name="insert documents",
        method="POST",
        path=f"{_DB}/_api/document/{{collection}}",
        query={**_DOCUMENT_WRITE, "overwrite": FLAG, "overwriteMode": _OVERWRITE},
        documents=True,
        statuses=frozenset({201, 202, 400, 404, 409}),
    ),
    Described(
        name="read document",
        method="GET",
        path=f"{_DB}/_api/document/{{collection}}/{{key}}",
        statuses=frozenset({200, 404}),
    ),
    Described(
        name="update document",
        method="PATCH",
        path=f"{_DB}/_api/document/{{collection}}/{{key}}",
        query={**_DOCUMENT_WRITE, "keepNull": FLAG, "mergeObjects": FLAG, "ignoreRevs": FLAG},
        documents=True,
        statuses=frozenset({201, 202, 400, 404, 409, 412}),
    ),
    Described(
        name="delete document",
        method="DELETE",
        path=f"{_DB}/_api/document/{{collection}}/{{key}}",
        query={"returnOld": FLAG, "silent": FLAG, "waitForSync": FLAG},
        statuses=frozenset({200, 202, 404, 409, 412}),
        beyond=frozenset({"ignoreRevs", "overwrite"}),
    ),
    Described(
        name="import",
        method="POST",
        path=f"{_DB}/_api/import",
        query={
            "type": re.compile("array|list"),
            "collection": TEXT,
            "complete": FLAG,
            "details": FLAG,
            "overwrite": FLAG,
            "waitForSync": FLAG,
            "onDuplicate": _DUPLICATE,
        },
        required=frozenset({"type", "collection"}),
        documents=True,
        statuses=frozenset({201, 400, 404, 409, 500}),
    ),
    Described(
        name="query",
        method="POST",
        path=f"{_DB}/_api/cursor",
        body={
            "query": "string!",
            "bindVars": "object",
            "batchSize": "integer",
            "count": "boolean",
            "ttl": "number",
            "memoryLimit": "integer",
            "options": "object",
            "options.maxRuntime": "number",
            "options.allowRetry": "boolean",
        },
        statuses=frozenset({201, 400, 404, 405, 410, 503}),
        beyond=frozenset({"maxRuntime", "allowRetry"}),  # the driver repeats its options beside "options"
    ),
    Described(
        name="next page",
        method="POST",
        path=f"{_DB}/_api/cursor/{{cursor-identifier}}",
        statuses=frozenset({200, 400, 404, 410, 503}),
    ),
    Described(
        name="close cursor",
        method="DELETE",
        path=f"{_DB}/_api/cursor/{{cursor-identifier}}",
        statuses=frozenset({202, 404}),
    ),
    Described(
        name="begin transaction",
        method="POST",
        path=f"{_DB}/_api/transaction/begin",
        body={
            "collections": "object!",
            "waitForSync": "boolean",
            "allowImplicit": "boolean",
            "lockTimeout": "number",
            "maxTransactionSize": "number",
        },
        statuses=frozenset({201, 400, 404}),
    ),
    Described(
        name="transaction status",
        method="GET",
        path=f"{_DB}/_api/transaction/{{transaction-id}}",
        statuses=frozenset({200, 400, 404}),
    ),
    Described(
        name="commit transaction",
        method="PUT",
        path=f"{_DB}/_api/transaction/{{transaction-id}}",
        statuses=frozenset({200, 400, 404, 409}),
    ),
    Described(
        name="abort transaction",
        method="DELETE",
        path=f"{_DB}/_api/transaction/{{transaction-id}}",
        statuses=frozenset({200, 400, 404}),
    ),
)
