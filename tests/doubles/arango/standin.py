"""The stand-in itself: each described request has a method here that answers it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from tests.doubles.arango import replies
from tests.doubles.arango.cursors import Cursors
from tests.doubles.arango.description import REQUESTS, Described
from tests.doubles.arango.evaluating import evaluate
from tests.doubles.arango.faults import Fault, Kind
from tests.doubles.arango.login import Gate
from tests.doubles.arango.serving import HttpServer, Received, Reply
from tests.doubles.arango.store import DatabaseOf, Document, Index, Refusal
from tests.doubles.arango.transactions import Transactions

VERSION: Final = "3.12.5"
_PATTERNS: Final = [(one, one.pattern) for one in REQUESTS]
_WORDS: Final = {
    "conflict": "conflict",
    "error": "conflict",
    "ignore": "ignore",
    "update": "update",
    "replace": "replace",
}


@attrs.frozen(kw_only=True)
class Asked:
    """A request that was understood: ``parts`` are its path's, after the database."""

    database: DatabaseOf
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any  # decoded JSON, whose shape the description has judged already
    transaction: str | None


Answer: TypeAlias = Callable[["ArangoStandIn", Asked], tuple[int, object]]


class ArangoStandIn:
    """A server that is up between ``start`` and ``stop`` and keeps its data over a restart.

    ``violations`` holds what clients have sent that nothing describes: a test that finds some has failed.
    ``requests`` are the names of what was asked, ``queries`` the bodies of the queries among them. ``after_query`` is
    called with the text of each query that was answered. ``faults`` are tried in order for each request.
    """

    def __init__(self, password: str, *, databases: tuple[str, ...] = ()) -> None:
        self.gate: Final = Gate("root", password)
        self.databases: Final = {name: DatabaseOf(name) for name in ("_system", *databases)}
        self.cursors: Final = Cursors()
        self.transactions: Final = Transactions()
        self.violations: Final[list[str]] = []
        self.requests: Final[list[str]] = []
        self.queries: Final[list[Mapping[str, Any]]] = []
        self.version_number = VERSION
        self.after_query: Callable[[str], None] | None = None
        self.faults: Final[list[Fault]] = []
        self._guard: Final = threading.RLock()
        self._stopping: Final = threading.Event()
        self._http: Final = HttpServer(self.answer)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._http.url

    def start(self) -> None:
        """Be up."""
        self._stopping.clear()
        self._http.start()

    def stop(self) -> None:
        """Be down: break all connections."""
        self._stopping.set()
        self._http.stop()

    # One request

    def answer(self, received: Received) -> Reply:
        """The reply to a request, as the faults would have it."""
        described, groups = self._described(received)
        name = described.name if described else "unknown"
        with self._guard:
            self.requests.append(name)
            fault = next((fault for fault in self.faults if fault.concerns(name, received.text)), None)
        if fault is not None and fault.kind is Kind.CODE:
            return replies.reply(fault.status, replies.error(fault.status, fault.code, "as the fault would have it"))
        if fault is not None and fault.kind is Kind.SLOW:
            self._stopping.wait(fault.seconds)
        with self._guard:
            reply = self._checked(received, described, groups)
        if fault is not None and fault.kind is Kind.GARBLED:
            return Reply(status=200, text="<html>welcome to the proxy</html>", headers={"content-type": "text/html"})
        kind = None if fault is None else fault.kind
        return attrs.evolve(reply, cut=kind is Kind.CUT, lost=kind is Kind.LOST)

    def _described(self, received: Received) -> tuple[Described | None, tuple[str, ...]]:
        for described, pattern in _PATTERNS:
            match = pattern.fullmatch(received.path)
            if match and described.method == received.method:
                return described, match.groups()
        return None, ()

    def _checked(self, received: Received, described: Described | None, groups: tuple[str, ...]) -> Reply:
        if described is None:
            return self._violation([f"nothing describes {received.method} {received.path}"])
        body = json.loads(received.text) if received.text else None
        problems = described.problems(received.query, body)
        if problems:
            return self._violation(problems)
        try:
            status, content = self._answered(described, groups, received, body)
        except Refusal as refusal:
            status, content = refusal.status, replies.error(refusal.status, refusal.code, refusal.message)
        if status not in described.statuses | {401, 404}:
            return self._violation([f"{described.name}: nothing describes a reply {status}"])
        return replies.reply(status, content)

    def _violation(self, problems: list[str]) -> Reply:
        self.violations.extend(problems)
        return replies.reply(400, replies.error(400, 10, "; ".join(problems)))

    def _answered(
        self, described: Described, groups: tuple[str, ...], received: Received, body: Any
    ) -> tuple[int, object]:  # the body is Any as in ``Asked``
        if described.name == "log in":
            return 200, {"jwt": self.gate.log_in(body["username"], body["password"])}
        self.gate.check(received.headers)
        name, *parts = groups or ("_system",)
        if name not in self.databases:
            raise Refusal(404, 1228, "database not found")
        asked = Asked(
            database=self.databases[name],
            parts=tuple(parts),
            query=received.query,
            body=body,
            transaction=received.headers.get("x-arango-trx-id"),
        )
        return _ANSWERS[described.name](self, asked)

    # Databases, collections, indexes, graphs

    def version(self, asked: Asked) -> tuple[int, object]:
        return 200, {"server": "arango", "license": "community", "version": self.version_number}

    def create_database(self, asked: Asked) -> tuple[int, object]:
        name = str(asked.body["name"])
        if name in self.databases:
            raise Refusal(409, 1207, "duplicate name")
        self.databases[name] = DatabaseOf(name)
        return 201, {"error": False, "code": 201, "result": True}

    def list_collections(self, asked: Asked) -> tuple[int, object]:
        collections = asked.database.collections.values()
        shown = [
            {"id": one.name, "name": one.name, "type": one.kind, "status": 3, "isSystem": False} for one in collections
        ]
        return 200, {"error": False, "code": 200, "result": shown}

    def create_collection(self, asked: Asked) -> tuple[int, object]:
        made = asked.database.create_collection(asked.body["name"], asked.body.get("type", 2))
        return 200, {"error": False, "code": 200, "name": made.name, "type": made.kind, "id": made.name}

    def count_documents(self, asked: Asked) -> tuple[int, object]:
        return 200, {"count": len(asked.database.collection(asked.parts[0]).documents), "code": 200, "error": False}

    def drop_collection(self, asked: Asked) -> tuple[int, object]:
        del asked.database.collections[asked.database.collection(asked.parts[0]).name]
        return 200, {"error": False, "code": 200, "id": asked.parts[0]}

    def truncate(self, asked: Asked) -> tuple[int, object]:
        asked.database.collection(asked.parts[0]).truncate()
        return 200, {"error": False, "code": 200, "name": asked.parts[0]}

    def list_indexes(self, asked: Asked) -> tuple[int, object]:
        collection = asked.database.collection(asked.query["collection"])
        primary = {"id": f"{collection.name}/0", "type": "primary", "name": "primary", "fields": ["_key"]}
        shown = [replies.index(collection.name, index) for index in collection.indexes.values()]
        return 200, {"error": False, "code": 200, "indexes": [{**primary, "unique": True, "sparse": False}, *shown]}

    def create_index(self, asked: Asked) -> tuple[int, object]:
        collection, body = asked.database.collection(asked.query["collection"]), asked.body
        if body["type"] != "persistent":
            raise Refusal(400, 10, "invalid index type")
        fields = tuple(body["fields"])
        index = Index(name=body.get("name", "_".join(fields)), fields=fields, unique=body.get("unique", False))
        new = collection.add_index(index)
        return 201 if new else 200, {
            **replies.index(collection.name, index),
            "isNewlyCreated": new,
            "error": False,
            "code": 200,
        }

    def read_graph(self, asked: Asked) -> tuple[int, object]:
        if asked.parts[0] not in asked.database.graphs:
            raise Refusal(404, 1924, f"graph '{asked.parts[0]}' not found")
        return 200, {"error": False, "code": 200, "graph": asked.database.graphs[asked.parts[0]]}

    def create_graph(self, asked: Asked) -> tuple[int, object]:
        graph = asked.database.create_graph(asked.body["name"], asked.body.get("edgeDefinitions", []))
        return 202, {"error": False, "code": 202, "graph": graph}

    def drop_graph(self, asked: Asked) -> tuple[int, object]:
        self.read_graph(asked)
        graph = asked.database.graphs.pop(asked.parts[0])
        if asked.query.get("dropCollections") == "1":
            for definition in graph["edgeDefinitions"]:
                for name in (definition["collection"], *definition["from"], *definition["to"]):
                    asked.database.collections.pop(name, None)
        return 202, {"error": False, "code": 202, "removed": True}

    # Documents

    def insert_documents(self, asked: Asked) -> tuple[int, object]:
        database = self._seen(asked, asked.parts[0])
        collection = database.collection(asked.parts[0])
        mode = _WORDS[asked.query.get("overwriteMode", "conflict")]

        def inserted(document: Document) -> object:
            try:
                return replies.meta(collection.insert(document, mode)[0])
            except Refusal as refusal:
                return {"error": True, "errorNum": refusal.code, "errorMessage": refusal.message}

        if isinstance(asked.body, list):
            return 202, [inserted(document) for document in asked.body]
        return 202, replies.meta(collection.insert(asked.body, mode)[0])

    def read_document(self, asked: Asked) -> tuple[int, object]:
        name, key = asked.parts
        return 200, self._seen(asked, name).collection(name).get(key)

    def update_document(self, asked: Asked) -> tuple[int, object]:
        name, key = asked.parts
        old, new = self._seen(asked, name).collection(name).update(key, asked.body)
        return 202, {**replies.meta(new), "_oldRev": old["_rev"]}

    def delete_document(self, asked: Asked) -> tuple[int, object]:
        name, key = asked.parts
        return 202, replies.meta(self._seen(asked, name).collection(name).remove(key))

    def import_documents(self, asked: Asked) -> tuple[int, object]:
        collection = self._seen(asked, asked.query["collection"]).collection(asked.query["collection"])
        mode = _WORDS[asked.query.get("onDuplicate", "error")]
        counts = {"error": False, "created": 0, "errors": 0, "empty": 0, "updated": 0, "ignored": 0}
        for document in asked.body:
            try:
                counts[collection.insert(document, mode)[1]] += 1
            except Refusal:
                if asked.query.get("complete") == "1":
                    raise
                counts["errors"] += 1
        return 201, counts

    # Queries and cursors

    def query(self, asked: Asked) -> tuple[int, object]:
        self.queries.append(asked.body)
        rows = evaluate(self._seen(asked, None), asked.body["query"], asked.body.get("bindVars", {}))
        if self.after_query is not None:
            self.after_query(asked.body["query"])
        page = self.cursors.open(rows, asked.body.get("batchSize", 1000), float(asked.body.get("ttl", 30)))
        return 201, {**replies.page(page), "extra": {"warnings": [], "stats": {}}}

    def next_page(self, asked: Asked) -> tuple[int, object]:
        return 200, replies.page(self.cursors.next_page(asked.parts[0]))

    def close_cursor(self, asked: Asked) -> tuple[int, object]:
        self.cursors.close(asked.parts[0])
        return 202, {"id": asked.parts[0], "error": False, "code": 202}

    # Transactions

    def begin_transaction(self, asked: Asked) -> tuple[int, object]:
        return 201, replies.status(201, self.transactions.begin(asked.database, asked.body["collections"]))

    def transaction_status(self, asked: Asked) -> tuple[int, object]:
        return 200, replies.status(200, self.transactions.get(asked.parts[0]))

    def commit_transaction(self, asked: Asked) -> tuple[int, object]:
        return 200, replies.status(200, self.transactions.commit(asked.parts[0]))

    def abort_transaction(self, asked: Asked) -> tuple[int, object]:
        return 200, replies.status(200, self.transactions.abort(asked.parts[0]))

    def _seen(self, asked: Asked, collection: str | None) -> DatabaseOf:
        return self.transactions.view(asked.database, asked.transaction, collection)


_ANSWERS: Final[Mapping[str, Answer]] = {
    "version": ArangoStandIn.version,
    "create database": ArangoStandIn.create_database,
    "list collections": ArangoStandIn.list_collections,
    "create collection": ArangoStandIn.create_collection,
    "count documents": ArangoStandIn.count_documents,
    "truncate collection": ArangoStandIn.truncate,
    "list indexes": ArangoStandIn.list_indexes,
    "create index": ArangoStandIn.create_index,
    "read graph": ArangoStandIn.read_graph,
    "create graph": ArangoStandIn.create_graph,
    "drop graph": ArangoStandIn.drop_graph,
    "drop collection": ArangoStandIn.drop_collection,
    "insert documents": ArangoStandIn.insert_documents,
    "read document": ArangoStandIn.read_document,
    "update document": ArangoStandIn.update_document,
    "delete document": ArangoStandIn.delete_document,
    "import": ArangoStandIn.import_documents,
    "query": ArangoStandIn.query,
    "next page": ArangoStandIn.next_page,
    "close cursor": ArangoStandIn.close_cursor,
    "begin transaction": ArangoStandIn.begin_transaction,
    "transaction status": ArangoStandIn.transaction_status,
    "commit transaction": ArangoStandIn.commit_transaction,
    "abort transaction": ArangoStandIn.abort_transaction,
}
