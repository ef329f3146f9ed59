"""The adapter's queries, evaluated by hand.

Each evaluator belongs to one text, by its digest: whoever changes a query has to come here, look at what it means
now, and enter the new digest. Any other text is a parse error (1501).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, TypeAlias

from tests.doubles.arango.store import DatabaseOf, Document, Refusal

Binds: TypeAlias = Mapping[str, Any]
Evaluator: TypeAlias = Callable[[DatabaseOf, Binds], Iterator[object]]

_VARIABLE: Final = re.compile(r"(?<!@)@(@?\w+)")
_COMMENT: Final = re.compile(r"//[^\n]*")


def state(database: DatabaseOf, binds: Binds) -> Iterator[object]:
    """state.aql"""
    for document in _state(database, binds):
        yield [document.get("generation"), document.get("position")]


def advance(database: DatabaseOf, binds: Binds) -> Iterator[object]:
    """advance.aql"""
    for document in _state(database, binds):
        follows = binds["after"] <= document["position"] < binds["up_to"]
        if document["generation"] == binds["generation"] and follows:
            changed = {"position": binds["up_to"]}
            yield database.collection(binds["@state"]).update(binds["key"], changed)[1]["position"]


def begin_anew(database: DatabaseOf, binds: Binds) -> Iterator[object]:
    """begin_anew.aql"""
    for document in _state(database, binds):
        changed = {"generation": document["generation"] + 1, "position": 0}
        yield database.collection(binds["@state"]).update(binds["key"], changed)[1]["generation"]


def sweep(database: DatabaseOf, binds: Binds) -> Iterator[object]:
    """sweep.aql"""
    collection = database.collection(binds["@rows"])
    old = [key for key, row in collection.documents.items() if row["generation"] < binds["generation"]]
    for key in old[: binds["most"]]:
        yield collection.remove(key)["_key"]


def known(database: DatabaseOf, binds: Binds) -> Iterator[object]:
    """known.aql"""
    documents = database.collection(binds["@nodes"]).documents
    for key in dict.fromkeys(binds["keys"]):
        if key in documents and _is_seen(documents[key], binds):
            yield documents[key]["id"]


def _edges(end: str) -> Evaluator:
    """upstream.aql and downstream.aql"""

    def edges(database: DatabaseOf, binds: Binds) -> Iterator[object]:
        found = [_triple(edge) for edge in _level(database, binds, end)]
        yield from found[: binds["most"]]

    return edges


def _ends(end: str, field: str) -> Evaluator:
    """upstream_ends.aql and downstream_ends.aql"""

    def ends(database: DatabaseOf, binds: Binds) -> Iterator[object]:
        met = frozenset(binds["met"])
        new = {edge[field] for edge in _level(database, binds, end) if edge[field] not in met}
        yield from sorted(new, key=lambda name: name.encode().hex())[: binds["most"]]

    return ends


def _among(end: str, other: str) -> Evaluator:
    """upstream_among.aql and downstream_among.aql"""

    def among(database: DatabaseOf, binds: Binds) -> Iterator[object]:
        ends = frozenset(binds["ends"])
        yield from (_triple(edge) for edge in _level(database, binds, end) if edge[other] in ends)

    return among


def evaluate(database: DatabaseOf, text: str, binds: Binds) -> list[object]:
    """The rows of a query.

    Raises:
        Refusal: 1501 an unknown text, 1551 a bind variable is missing, 1552 one is not declared, 1553 one is of
            the wrong type, 1203 a collection is not there.
    """
    evaluator = BY_DIGEST.get(digest(text))
    if evaluator is None:
        raise Refusal(400, 1501, "syntax error: this text is none of the adapter's")
    declared = frozenset(_VARIABLE.findall(_COMMENT.sub("", text)))
    for name in declared - set(binds):
        raise Refusal(400, 1551, f"no value specified for declared bind parameter '{name}'")
    for name in set(binds) - declared:
        raise Refusal(400, 1552, f"bind parameter '{name}' was not declared in the query")
    _check_types(database, binds)
    return list(evaluator(database, binds))


def _check_types(database: DatabaseOf, binds: Binds) -> None:
    for name, value in binds.items():
        if name.startswith("@"):
            if not isinstance(value, str):
                raise Refusal(400, 1553, f"bind parameter '{name}' has an invalid value or type")
            database.collection(value)
        elif not isinstance(value, _KINDS.get(name, (str,))):
            raise Refusal(400, 1553, f"bind parameter '{name}' has an invalid value or type")


_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("generation", "after", "up_to", "position", "most"), (int,)),
    **dict.fromkeys(("level", "keys", "met", "ends"), (list,)),
}


def digest(text: str) -> str:
    """What a text is known by: its words, however they are spaced."""
    return sha256(" ".join(_COMMENT.sub("", text).split()).encode()).hexdigest()[:16]


BY_DIGEST: Final[Mapping[str, Evaluator]] = {
    "c6d29a6f86ce1219": state,
    "5cfb5ec3f4b572ad": advance,
    "dedbc5facdfb0e6d": begin_anew,
    "e172a1dacdb3b8b4": sweep,
    "1968964da003ada0": known,
    "d2de7d3f899271de": _edges("_from"),
    "2d19884819137304": _edges("_to"),
    "0ec85431706e4b59": _ends("_from", "target"),
    "84012c98e7c89380": _ends("_to", "source"),
    "934b69fc4a162aa9": _among("_from", "_to"),
    "992a960c5c849e26": _among("_to", "_from"),
}


def _state(database: DatabaseOf, binds: Binds) -> Iterator[Document]:
    document = database.collection(binds["@state"]).documents.get(binds["key"])
    if document is not None:
        yield document


def _level(database: DatabaseOf, binds: Binds, end: str) -> Iterator[Document]:
    edges = database.collection(binds["@edges"]).at(end, binds["level"])
    return (edge for edge in edges if _is_seen(edge, binds))


def _is_seen(document: Document, binds: Binds) -> bool:
    return bool(document["tenant_id"] == binds["tenant_id"] and document["position"] <= binds["position"])


def _triple(edge: Document) -> list[object]:
    return [edge["source"], edge["relation"], edge["target"]]
