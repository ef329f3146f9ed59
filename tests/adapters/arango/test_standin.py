"""The stand-in is as strict as a server or stricter, and its description is that of ArangoDB's own documentation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest
from arango.client import ArangoClient
from arango.database import StandardDatabase, TransactionDatabase
from arango.exceptions import ArangoServerError
from arango.http import DefaultHTTPClient

from artifact_plane.adapters.arango import queries
from tests.doubles.arango.description import REQUESTS, Described
from tests.doubles.arango.evaluating import BY_DIGEST, digest
from tests.doubles.arango.standin import ArangoStandIn

REFERENCE: Final = Path(
    os.environ.get("ARANGO_OPENAPI", Path(__file__).parents[3].parent / "shared/reference/arango-openapi-3.12.json")
)
"""ArangoDB's own description, which is no part of the project: beside the checkout, or where the variable says."""


@pytest.fixture
def server() -> Iterator[ArangoStandIn]:
    """A stand-in whose violations are the test's affair."""
    server = ArangoStandIn("secret", databases=("plane",))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database(server: ArangoStandIn) -> Iterator[StandardDatabase]:
    """The driver on it, with a document collection and an edge collection."""
    client = ArangoClient(hosts=server.url, http_client=DefaultHTTPClient(retry_attempts=0))
    database = client.db("plane", username="root", password="secret")
    database.create_collection("things")
    database.create_collection("links", edge=True)
    yield database
    client.close()


def code(raised: pytest.ExceptionInfo[ArangoServerError]) -> int | None:
    """The server's error code."""
    return raised.value.error_code


# The description


def operations() -> Mapping[str, Mapping[str, Any]]:
    """The operations of ArangoDB's own description by path, of which there may be none at hand."""
    if not REFERENCE.exists():
        return {}
    return cast("Mapping[str, Mapping[str, Any]]", json.loads(REFERENCE.read_text("utf-8"))["paths"])


DOCUMENTED: Final = operations()


def test_the_description_speaks_of_known_methods_once_each() -> None:
    """Names and places are unique; required parameters are parameters; every reply has a status."""
    assert len({one.name for one in REQUESTS}) == len({(one.method, one.path) for one in REQUESTS}) == len(REQUESTS)
    for one in REQUESTS:
        assert one.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
        assert one.required <= set(one.query)
        assert one.statuses
        assert not (one.documents and one.body)


@pytest.mark.parametrize("described", REQUESTS if DOCUMENTED else [], ids=lambda described: described.name)
def test_a_described_request_is_documented(described: Described) -> None:
    """Its path, method, parameters, body's fields and their types, and the statuses of its replies."""
    operation = DOCUMENTED[described.path + described.variant][described.method.lower()]
    parameters = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
    assert set(described.query) <= set(parameters)
    assert {name for name, one in parameters.items() if one.get("required")} <= described.required | {"type"}
    known = {*map(int, operation["responses"]), *_UNDOCUMENTED.get(described.name, ()), 401, 403, 404}
    assert described.statuses <= known
    for name, kind in (described.body or {}).items():
        schema = _schema(operation, name)
        assert _types(schema) & _alike(kind.rstrip("!")), name


_UNDOCUMENTED: Final = {"create database": {409}, "create collection": {409}, "commit transaction": {409}}
"""Replies that the documentation leaves out: 409 goes with the documented codes 1207 and 1200 everywhere else."""


def _schema(operation: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The schema of a field of the operation's body, ``outer.inner`` inside another."""
    (content, *_) = operation["requestBody"]["content"].values()
    schema: Mapping[str, Any] = content["schema"]
    for part in name.split("."):
        schema = schema["properties"][part]
    return schema


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    kind = schema.get("type", "object")
    return frozenset([kind] if isinstance(kind, str) else kind)


def _alike(kind: str) -> frozenset[str]:
    return frozenset({"integer", "number"}) if kind in ("integer", "number") else frozenset({kind})


def test_nothing_undescribed_is_served(database: StandardDatabase, server: ArangoStandIn) -> None:
    """Another path, another parameter, another field: each is a violation."""
    for ask in (
        database.users,
        lambda: database.collection("things").insert({}, keep_none=True),
        lambda: database.aql.execute(queries.text("state"), full_count=True),
    ):
        found = len(server.violations)
        with pytest.raises(ArangoServerError):
            ask()
        assert len(server.violations) > found


# Queries


def test_each_of_the_adapters_queries_has_its_evaluator() -> None:
    """One for one: a text that is changed has to be looked at here, too; and none is left over."""
    files = {path.stem for path in Path(queries.__file__).parent.glob("*.aql")}
    assert files == queries.NAMES
    assert {digest(queries.text(name)) for name in queries.NAMES} == set(BY_DIGEST)


@pytest.mark.parametrize("name", sorted(queries.NAMES))
def test_no_query_holds_data(name: str) -> None:
    """Collections and values are bind variables: there is no literal text in a query."""
    words = " ".join(line for line in queries.text(name).splitlines() if not line.startswith("//"))
    assert not set(words) & set("\"'`")
    assert " IN @@" in words


@pytest.mark.parametrize(
    ("text", "binds", "expected"),
    [
        ("FOR thing IN things RETURN thing", {}, 1501),
        (None, {}, 1551),
        (None, {"@state": "things"}, 1551),
        (None, {"@state": "things", "key": "x", "more": 1}, 1552),
        (None, {"@state": 5, "key": "x"}, 1553),
        (None, {"@state": "things", "key": ["x"]}, 1553),
        (None, {"@state": "nowhere", "key": "x"}, 1203),
    ],
)
def test_a_query_is_refused_by_its_code(
    database: StandardDatabase, text: str | None, binds: dict[str, Any], expected: int
) -> None:
    """An unknown text; a bind variable that is missing, undeclared, or of the wrong type; no such collection."""
    # ``binds`` are Any: what the driver's types say of them is narrower than what is tried here.
    with pytest.raises(ArangoServerError) as raised:
        database.aql.execute(text or queries.text("state"), bind_vars=binds)
    assert code(raised) == expected


def test_cursors_have_pages_and_an_end(database: StandardDatabase, server: ArangoStandIn) -> None:
    """A page at a time, dropped with the last one, closed once, gone when its time is over."""
    links = database.collection("links")
    for number in range(5):
        links.insert({"_from": "things/a", "_to": f"things/{number}", **_AN_EDGE, "target": str(number)})
    # Any: the driver's types know neither a list among the variables nor which kind of cursor comes back.
    binds: Any = {"@edges": "links", "level": ["things/a"], "tenant_id": "acme", "position": 1, "most": 10}
    text = queries.text("upstream")
    cursor = cast(Any, database.aql.execute(text, bind_vars=binds, batch_size=2))
    assert (len(list(cursor)), len(server.cursors)) == (5, 0)
    cursor = cast(Any, database.aql.execute(text, bind_vars=binds, batch_size=2))
    assert (cursor.close(), cursor.close(ignore_missing=True)) == (True, False)
    short = cast(Any, database.aql.execute(text, bind_vars=binds, batch_size=2, ttl=cast(Any, 0)))
    with pytest.raises(ArangoServerError) as raised:
        list(short)
    assert code(raised) == 1600


_AN_EDGE: Final = {"tenant_id": "acme", "position": 1, "source": "a", "relation": "used"}


# Documents


def test_documents_are_written_read_and_removed(database: StandardDatabase) -> None:
    """With the codes of a server: 1202 not there, 1210 there already, 1221 a bad key, 1233 an edge without ends."""
    things = cast(Any, database.collection("things"))
    assert things.insert({"_key": "a", "size": 1})["_id"] == "things/a"
    assert things.insert({"_key": "a", "size": 2}, overwrite_mode="ignore")["_key"] == "a"
    assert things.get("a")["size"] == 1
    things.update({"_key": "a", "size": 3})
    assert (things.get("a")["size"], things.count()) == (3, 1)
    for ask, expected in (
        (lambda: things.insert({"_key": "a"}), 1210),
        (lambda: things.insert({"_key": "no/slash"}), 1221),
        (lambda: database.collection("links").insert({"_key": "x"}), 1233),
        (lambda: things.delete("b"), 1202),
        (lambda: database.collection("nowhere").insert({}), 1203),
        (lambda: database.create_collection("things"), 1207),
    ):
        with pytest.raises(ArangoServerError) as raised:
            ask()
        assert code(raised) == expected
    assert things.truncate()
    assert things.get("a") is None


def test_unique_indexes_are_kept(database: StandardDatabase) -> None:
    """A second document of the same fields is refused, in an import too; to add the index again changes nothing."""
    things = cast(Any, database.collection("things"))
    for _ in range(2):
        things.add_index({"type": "persistent", "fields": ["tenant", "name"], "unique": True, "name": "once"})
    assert [index["name"] for index in things.indexes()] == ["primary", "once"]
    things.insert({"tenant": "a", "name": "b"})
    with pytest.raises(ArangoServerError) as raised:
        things.insert({"tenant": "a", "name": "b"})
    assert code(raised) == 1210
    batch = [{"tenant": "a", "name": "b"}, {"_key": "k", "tenant": "c", "name": "d"}]
    counts = things.import_bulk(batch, halt_on_error=False, on_duplicate="ignore")
    assert (counts["created"], counts["errors"]) == (1, 1)
    assert things.import_bulk(batch[1:], on_duplicate="ignore")["ignored"] == 1
    with pytest.raises(ArangoServerError) as raised:
        things.import_bulk(batch, halt_on_error=True)
    assert code(raised) == 1210


def test_graphs_are_made_once(database: StandardDatabase) -> None:
    """1924 no such graph, 1925 there already, 1921 an edge collection that another graph uses in another way."""
    definition = {
        "edge_collection": "links",
        "from_vertex_collections": ["things"],
        "to_vertex_collections": ["things"],
    }
    assert not database.has_graph("graph")
    database.create_graph("graph", [definition])
    assert database.has_graph("graph")
    for name, changed, expected in (
        ("graph", definition, 1925),
        ("", definition, 1922),
        ("other", {**definition, "to_vertex_collections": ["others"]}, 1921),
    ):
        with pytest.raises(ArangoServerError) as raised:
            database.create_graph(name, [changed])
        assert code(raised) == expected


# Transactions


def begun(database: StandardDatabase) -> TransactionDatabase:
    """A transaction that writes to ``things``."""
    return database.begin_transaction(write=["things"])


def test_a_transaction_shows_when_it_is_committed(database: StandardDatabase) -> None:
    """All of it at once, or nothing when it is given up."""
    things = cast(Any, database.collection("things"))
    for end, there in (("commit_transaction", 1), ("abort_transaction", 1)):
        transaction = begun(database)
        assert transaction.transaction_status() == "running"
        cast(Any, transaction.collection("things")).insert({"_key": end})
        getattr(transaction, end)()
        assert things.count() == there
    assert things.get("commit_transaction") is not None


def test_transactions_are_refused_by_their_codes(database: StandardDatabase) -> None:
    """1652 an undeclared collection, 1655 none such, 1653 not after its end, 1200 others have written meanwhile."""
    things = cast(Any, database.collection("things"))
    running, overtaken, ended = begun(database), begun(database), begun(database)
    ended.abort_transaction()
    things.insert({"_key": "meanwhile"})
    for ask, expected in (
        (lambda: cast(Any, running.collection("links")).insert({"_from": "a/b", "_to": "a/c"}), 1652),
        (lambda: database.fetch_transaction("999999").transaction_status(), 1655),
        (lambda: cast(Any, ended.collection("things")).insert({}), 1655),
        (ended.commit_transaction, 1653),
        (overtaken.commit_transaction, 1200),
        (lambda: database.begin_transaction(write=["nowhere"]), 1203),
    ):
        with pytest.raises(ArangoServerError) as raised:
            ask()
        assert code(raised) == expected


# Who may ask


def test_whoever_does_not_know_the_password_is_refused(server: ArangoStandIn) -> None:
    """401 with code 11, for a wrong password, another user and a foreign token."""
    client = ArangoClient(hosts=server.url, http_client=DefaultHTTPClient(retry_attempts=0))
    stranger = server.gate.token(seconds=60)
    server.gate.withdraw()
    for login in ({"password": "wrong"}, {"username": "other", "password": "secret"}, {"superuser_token": stranger}):
        with pytest.raises(ArangoServerError) as raised:
            client.db("plane", **cast(Any, login)).version()
        assert (raised.value.http_code, code(raised)) == (401, 11)
    with pytest.raises(ArangoServerError) as raised:
        client.db("elsewhere", password="secret").version()
    assert code(raised) == 1228
    client.close()
