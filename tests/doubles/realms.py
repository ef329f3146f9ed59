"""Realms of the tests: small ones that do just what a test asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource, BytesSource
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.ports.realm import ArtifactReader, Realm
from artifact_plane.ports.renderer import Renderer

Handler: TypeAlias = Callable[[Intent, ExecutionContext, ArtifactReader], Awaitable[RealmResult]]


@attrs.frozen
class ScriptedRealm(Realm):
    """Handles each intent type by the function given for it."""

    handlers: dict[str, Handler]
    name: str = "scripted"

    @property
    def intent_types(self) -> frozenset[str]:
        return frozenset(self.handlers)

    async def handle(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        return await self.handlers[intent.intent_type](intent, context, reader)


@attrs.define
class CountingRenderer(Renderer):
    """Draws its version, the format and the meaning's keys, and counts how often it was asked.

    ``rendered_size`` in the meaning makes the view that large; ``drift`` makes it other bytes without a new version.
    """

    name: str = "counting"
    version: str = "1"
    calls: int = 0
    drift: bytes = b""

    @property
    def formats(self) -> dict[str, str]:
        return {"txt": "text/plain", "bin": "application/octet-stream"}

    def render(self, semantic_payload: JsonObject, format: str, options: JsonObject) -> ByteSource:
        self.calls += 1
        size = semantic_payload.get("rendered_size")
        body = f"v{self.version}:{format}:{sorted(semantic_payload)}".encode() + self.drift
        return BytesSource(body * (size // len(body) + 1) if isinstance(size, int) else body)


def read_all(source: ByteSource) -> bytes:
    """The bytes of a source."""
    with source.open() as stream:
        return stream.read()


def once(*results: RealmResult) -> Handler:
    """A handler that gives the results one after the other, the last one for ever."""
    pending: list[RealmResult] = list(results)

    async def handler(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        return pending.pop(0) if len(pending) > 1 else pending[0]

    return handler
