"""Stream transactions: a copy of the declared collections, put in their place when committed."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tests.doubles.arango.store import DatabaseOf, Refusal

_RUNNING: Final = "running"


@attrs.define(kw_only=True)
class Transaction:
    """One transaction; ``before`` are the revisions that it began with."""

    transaction_id: str
    database: DatabaseOf
    own: DatabaseOf
    written: frozenset[str]
    before: Mapping[str, object]
    status: str = _RUNNING


class Transactions:
    """All transactions, running or ended."""

    def __init__(self) -> None:
        self._numbers: Final = itertools.count(100)
        self._known: Final[dict[str, Transaction]] = {}

    def begin(self, database: DatabaseOf, collections: Mapping[str, Any]) -> Transaction:
        """A new transaction over these collections: names by ``read``, ``write`` and ``exclusive``."""
        names = {kind: _names(collections.get(kind, ())) for kind in ("read", "write", "exclusive")}
        declared = {name: database.collection(name) for kind in names.values() for name in kind}
        written = names["write"] | names["exclusive"]
        transaction = Transaction(
            transaction_id=str(next(self._numbers)),
            database=database,
            own=DatabaseOf(database.name, collections=copy.deepcopy(declared)),
            written=written,
            before=_revisions(database, written),
        )
        self._known[transaction.transaction_id] = transaction
        return transaction

    def get(self, transaction_id: str) -> Transaction:
        """The transaction of that id."""
        if transaction_id not in self._known:
            raise Refusal(404, 1655, "transaction not found")
        return self._known[transaction_id]

    def view(self, database: DatabaseOf, transaction_id: str | None, collection: str | None) -> DatabaseOf:
        """What a request sees: the transaction's own collections where it is inside one."""
        if transaction_id is None:
            return database
        transaction = self.get(transaction_id)
        if transaction.status != _RUNNING:
            raise Refusal(404, 1655, "transaction not found")
        if collection is not None and collection not in transaction.own.collections:
            raise Refusal(400, 1652, f"collection not declared in the transaction: {collection}")
        return transaction.own

    def commit(self, transaction_id: str) -> Transaction:
        """Put what was written in place."""
        transaction = self.get(transaction_id)
        if transaction.status == "aborted":
            raise Refusal(400, 1653, "the transaction was aborted")
        if transaction.status == _RUNNING:
            if _revisions(transaction.database, transaction.written) != transaction.before:
                raise Refusal(409, 1200, "write-write conflict")
            for name in transaction.written:
                transaction.database.collections[name] = transaction.own.collections[name]
            transaction.status = "committed"
        return transaction

    def abort(self, transaction_id: str) -> Transaction:
        """Throw it away."""
        transaction = self.get(transaction_id)
        if transaction.status == "committed":
            raise Refusal(400, 1653, "the transaction was committed")
        transaction.status = "aborted"
        return transaction


def _names(given: object) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else map(str, given if isinstance(given, list) else ()))


def _revisions(database: DatabaseOf, names: frozenset[str]) -> Mapping[str, object]:
    return {
        name: {key: document["_rev"] for key, document in database.collection(name).documents.items()} for name in names
    }
