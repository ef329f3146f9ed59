"""What the stand-in keeps: databases, collections with their documents and unique indexes, graphs."""

from __future__ import annotations

import copy
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import attrs

Document: TypeAlias = dict[str, Any]
"""A stored document. Any: what its fields hold is the client's business, and compared as it is."""

_KEY: Final = re.compile(r"[A-Za-z0-9_\-:.@()+,=;$!*'%]{1,254}")
_revisions: Final = itertools.count(1)
EDGE: Final = 3


class Refusal(Exception):
    """An error as a server answers it: HTTP's status and its own code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@attrs.frozen(kw_only=True)
class Index:
    """A persistent index."""

    name: str
    fields: tuple[str, ...]
    unique: bool

    def entry(self, document: Document) -> tuple[object, ...]:
        """What the document has in this index."""
        return tuple(document.get(field) for field in self.fields)


class CollectionOf:
    """A collection: documents by key, its indexes, and its edges by either end."""

    def __init__(self, name: str, kind: int) -> None:
        self.name: Final = name
        self.kind: Final = kind
        self.documents: dict[str, Document] = {}
        self.indexes: dict[str, Index] = {}
        self.unique: defaultdict[str, dict[tuple[object, ...], str]] = defaultdict(dict)
        self.ends: dict[str, defaultdict[str, dict[str, None]]] = {
            "_from": defaultdict(dict),
            "_to": defaultdict(dict),
        }

    def insert(self, document: Document, mode: str = "conflict") -> tuple[Document, str]:
        """Add a document; what is stored, and whether it was ``created``, ``updated`` or ``ignored``."""
        own = copy.deepcopy(document)
        key = str(own.setdefault("_key", str(next(_revisions))))
        self._check(own, key)
        found = self.documents.get(key)
        if found is None:
            return self._put(key, own), "created"
        if mode == "ignore":
            return found, "ignored"
        if mode in ("update", "replace"):
            return self._put(key, {**found, **own} if mode == "update" else own), "updated"
        raise Refusal(409, 1210, "unique constraint violated - in index primary")

    def update(self, key: str, fields: Mapping[str, object]) -> tuple[Document, Document]:
        """Change fields of a document; the old and the new one."""
        old = self.get(key)
        return old, self._put(key, {**old, **copy.deepcopy(dict(fields))})

    def get(self, key: str) -> Document:
        """The document of that key."""
        if key not in self.documents:
            raise Refusal(404, 1202, "document not found")
        return self.documents[key]

    def remove(self, key: str) -> Document:
        """Take a document away."""
        document = self.get(key)
        self._forget(document)
        del self.documents[key]
        return document

    def truncate(self) -> None:
        """Take all documents away."""
        for key in list(self.documents):
            self.remove(key)

    def add_index(self, index: Index) -> bool:
        """Add an index; False where it was there."""
        for other in self.indexes.values():
            if (other.fields, other.unique) == (index.fields, index.unique):
                return False
            if other.name == index.name:
                raise Refusal(409, 1207, "duplicate value")
        self.indexes[index.name] = index
        return True

    def at(self, end: str, ids: Iterable[str]) -> Iterable[Document]:
        """The edges that have any of these ids at that end, as the edge index gives them."""
        return (self.documents[key] for one in dict.fromkeys(ids) for key in self.ends[end].get(one, ()))

    def _check(self, document: Document, key: str) -> None:
        if _KEY.fullmatch(key) is None:
            raise Refusal(400, 1221, "illegal document key")
        if self.kind == EDGE and not all(isinstance(document.get(end), str) for end in ("_from", "_to")):
            raise Refusal(400, 1233, "edge attribute missing or invalid")

    def _put(self, key: str, document: Document) -> Document:
        for index in self.indexes.values():
            if index.unique and self.unique[index.name].get(index.entry(document), key) != key:
                raise Refusal(409, 1210, f"unique constraint violated - in index {index.name}")
        if key in self.documents:
            self._forget(self.documents[key])
        document |= {"_id": f"{self.name}/{key}", "_rev": f"_{next(_revisions)}"}
        for index in self.indexes.values():
            if index.unique:
                self.unique[index.name][index.entry(document)] = key
        for end, ids in self.ends.items():
            if self.kind == EDGE:
                ids[document[end]][key] = None
        self.documents[key] = document
        return document

    def _forget(self, document: Document) -> None:
        for index in self.indexes.values():
            if index.unique:
                del self.unique[index.name][index.entry(document)]
        for end, ids in self.ends.items():
            if self.kind == EDGE:
                del ids[document[end]][document["_key"]]


@attrs.define
class DatabaseOf:
    """A database."""

    name: str
    collections: dict[str, CollectionOf] = attrs.field(factory=dict)
    graphs: dict[str, Document] = attrs.field(factory=dict)

    def collection(self, name: str) -> CollectionOf:
        """The collection of that name."""
        if name not in self.collections:
            raise Refusal(404, 1203, "collection or view not found")
        return self.collections[name]

    def create_collection(self, name: str, kind: int) -> CollectionOf:
        """A new collection."""
        if name in self.collections:
            raise Refusal(409, 1207, "duplicate name")
        self.collections[name] = CollectionOf(name, kind)
        return self.collections[name]

    def create_graph(self, name: str, definitions: list[Document]) -> Document:
        """A new named graph; the collections that it names are made where they are missing."""
        if not name:
            raise Refusal(400, 1922, "missing graph name")
        if name in self.graphs:
            raise Refusal(409, 1925, "graph already exists")
        for definition in definitions:
            if set(definition) != {"collection", "from", "to"}:
                raise Refusal(400, 1923, "malformed edge definition")
            self._check_multiple_use(definition)
        self.graphs[name] = {"name": name, "edgeDefinitions": definitions, "orphanCollections": []}
        return self.graphs[name]

    def _check_multiple_use(self, definition: Document) -> None:
        others = (other for graph in self.graphs.values() for other in graph["edgeDefinitions"])
        if any(other["collection"] == definition["collection"] and other != definition for other in others):
            raise Refusal(400, 1921, "edge collection used in another graph in another way")
