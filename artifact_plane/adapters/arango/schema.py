"""What the projection needs in its database: collections, indexes, the named graph and the state's document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, cast

from arango.database import StandardDatabase
from arango.exceptions import ArangoServerError

from artifact_plane.adapters.arango.connection import SYSTEM
from artifact_plane.adapters.arango.conversation import Conversation
from artifact_plane.adapters.arango.errors import DATABASE_MISSING, EXISTS_ALREADY
from artifact_plane.adapters.arango.names import STATE_KEY, Names

_ONCE: Final = "once"
_BY_TARGET: Final = "by_target"
_BY_GENERATION: Final = "by_generation"


def indexes(names: Names) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The fields of each index by collection and name.

    The unique ones begin with the tenant (law 16): whatever key a document has, a tenant's node or edge is there once
    in a generation. An edge's ends name the generation, for they are keys of nodes. Beginning with the tenant and one
    end, the edges' indexes serve the walks as well as the edge index does, whichever a server takes.
    """
    return {
        names.nodes: {
            _ONCE: ("tenant_id", "generation", "id"),
            _BY_GENERATION: ("generation",),
        },
        names.edges: {
            _ONCE: ("tenant_id", "_from", "relation", "_to"),
            _BY_TARGET: ("tenant_id", "_to"),
            _BY_GENERATION: ("generation",),
        },
    }


def prepare(conversation: Conversation, names: Names, database: str) -> None:
    """Make whatever is missing, the database too; what is there stays as it is, and needs no right to make things.

    Raises:
        Unavailable: the server is away, or the user may not do that.
    """
    if not _has_database(conversation):
        conversation.call(_unless(EXISTS_ALREADY, lambda system: system.create_database(database)), database=SYSTEM)
    there = _collections(conversation)
    for collection in names.collections:
        if collection not in there:
            _create_collection(conversation, collection, edge=collection == names.edges)
    for collection, name, fields in _lacking_indexes(conversation, names, names.collections):
        _create_index(conversation, collection, name, fields)
    if not conversation.call(lambda there: there.has_graph(names.graph)):
        _create_graph(conversation, names)
    if not _has_state(conversation, names):
        state = {"_key": STATE_KEY, "generation": 1, "position": 0}
        conversation.call(lambda there: there.collection(names.state).insert(state, overwrite_mode="ignore"))


def missing(conversation: Conversation, names: Names, database: str) -> tuple[str, ...]:
    """What ``prepare`` would make, in words.

    Raises:
        Unavailable: the server is away.
    """
    if not _has_database(conversation):
        return (f"database {database}",)
    there = _collections(conversation)
    lacking = [f"collection {collection}" for collection in names.collections if collection not in there]
    lacking += [f"index {name} of {collection}" for collection, name, _ in _lacking_indexes(conversation, names, there)]
    if not conversation.call(lambda there: there.has_graph(names.graph)):
        lacking.append(f"graph {names.graph}")
    if names.state in there and not _has_state(conversation, names):
        lacking.append(f"document {STATE_KEY} of {names.state}")
    return tuple(lacking)


def version(conversation: Conversation) -> str:
    """The server's version; of any database, for the projection's may be missing.

    Raises:
        Unavailable: the server is away.
    """
    return str(conversation.call(lambda database: database.version(), database=SYSTEM))


def _collections(conversation: Conversation) -> frozenset[str]:
    found = conversation.call(lambda database: database.collections())
    return frozenset(str(one["name"]) for one in cast(Sequence[Mapping[str, object]], found))


def _has_database(conversation: Conversation) -> bool:
    return conversation.call(_unless({DATABASE_MISSING}, lambda there: there.collections()))


def _has_state(conversation: Conversation, names: Names) -> bool:
    return bool(conversation.rows("state", {"state": names.state}, key=STATE_KEY))


def _lacking_indexes(
    conversation: Conversation, names: Names, there: Collection[str]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Collection, name and fields of each index that is missing in a collection that is ``there``."""
    for collection, wanted in indexes(names).items():
        found = _index_names(conversation, collection) if collection in there else frozenset(wanted)
        for name, fields in wanted.items():
            if name not in found:
                yield collection, name, fields


def _index_names(conversation: Conversation, collection: str) -> frozenset[str]:
    found = conversation.call(lambda database: database.collection(collection).indexes())
    return frozenset(str(one.get("name")) for one in cast(Sequence[Mapping[str, object]], found))


def _create_collection(conversation: Conversation, collection: str, *, edge: bool) -> None:
    conversation.call(_unless(EXISTS_ALREADY, lambda database: database.create_collection(collection, edge=edge)))


def _create_index(conversation: Conversation, collection: str, name: str, fields: Sequence[str]) -> None:
    definition = {"type": "persistent", "name": name, "fields": list(fields), "unique": name == _ONCE}
    conversation.call(lambda database: database.collection(collection).add_index(definition))


def _create_graph(conversation: Conversation, names: Names) -> None:
    definition = {
        "edge_collection": names.edges,
        "from_vertex_collections": [names.nodes],
        "to_vertex_collections": [names.nodes],
    }
    conversation.call(_unless(EXISTS_ALREADY, lambda database: database.create_graph(names.graph, [definition])))


def _unless(codes: Collection[int], ask: Callable[[StandardDatabase], object]) -> Callable[[StandardDatabase], bool]:
    """The same call, False where the server answers with one of these error codes."""

    def asked(database: StandardDatabase) -> bool:
        try:
            ask(database)
        except ArangoServerError as error:
            if error.error_code not in codes:
                raise
            return False
        return True

    return asked
