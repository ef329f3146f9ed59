"""The JSON of a server's replies."""

from __future__ import annotations

import json

from tests.doubles.arango.cursors import Page
from tests.doubles.arango.serving import Reply
from tests.doubles.arango.store import Document, Index
from tests.doubles.arango.transactions import Transaction


def reply(status: int, content: object) -> Reply:
    """A reply with this JSON."""
    return Reply(status=status, text=json.dumps(content))


def error(status: int, code: int, message: str) -> dict[str, object]:
    """How a server tells an error: HTTP's status, and its own code."""
    return {"error": True, "code": status, "errorNum": code, "errorMessage": message}


def meta(document: Document) -> dict[str, object]:
    """What is told of a document that was written."""
    return {name: document[name] for name in ("_id", "_key", "_rev")}


def index(collection: str, index: Index) -> dict[str, object]:
    """What is told of an index."""
    return {
        "id": f"{collection}/{index.name}",
        "type": "persistent",
        "name": index.name,
        "fields": list(index.fields),
        "unique": index.unique,
        "sparse": False,
    }


def status(code: int, transaction: Transaction) -> dict[str, object]:
    """What is told of a transaction."""
    return {
        "error": False,
        "code": code,
        "result": {"id": transaction.transaction_id, "status": transaction.status},
    }


def page(rows: Page) -> dict[str, object]:
    """What is told of a page of rows."""
    more = {} if rows.cursor_id is None else {"id": rows.cursor_id}
    return {"result": rows.rows, "hasMore": bool(more), "cached": False, "error": False, **more}
