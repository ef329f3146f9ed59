"""``GET /openapi.json``: the document that describes all other operations. It holds nothing of anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import orjson

from artifact_plane.adapters.codec.digests import DigestHasher
from artifact_plane.adapters.http.answers import HttpAnswer, empty, written
from artifact_plane.adapters.http.openapi import VERSION, document
from artifact_plane.adapters.http.operations import Answer, Call, Operation
from artifact_plane.adapters.http.preconditions import Tag, content_tag, not_modified
from artifact_plane.adapters.http.scopes import Open
from artifact_plane.adapters.http.service import Service

PATH: Final = "/openapi.json"


def operation(described: Sequence[Operation]) -> Operation:
    """The operation that describes ``described`` and itself; each service's document is written once."""
    documents: WeakKeyDictionary[Service, tuple[bytes, Tag]] = WeakKeyDictionary()

    async def show(call: Call) -> HttpAnswer:
        if call.service not in documents:
            documents[call.service] = _written(call.service, (*described, itself))
        data, tag = documents[call.service]
        headers = {"etag": tag, "cache-control": "no-cache"}
        if not_modified(call.header("if-none-match"), tag):
            return empty(304, headers)
        return written(data, headers=headers)

    itself = Operation(
        name="get_openapi",
        method="GET",
        path=PATH,
        need=Open.PUBLIC,
        handler=show,
        tag="service",
        summary="Read this document.",
        answers={
            200: Answer(
                about="The document.",
                content={"application/json": {"schema": {"type": "object"}, "example": {"openapi": VERSION}}},
            ),
            304: Answer(about="The caller has it already."),
        },
    )
    return itself


def _written(service: Service, operations: Sequence[Operation]) -> tuple[bytes, Tag]:
    intent_types = [intent_type for intent_type, _ in service.application.runtime.intent_types()]
    version = service.version or "0"
    data = orjson.dumps(document(operations, service.settings, version=version, intent_types=intent_types))
    hasher = DigestHasher("blake3")
    hasher.update(data)
    return data, content_tag(hasher.digest())
