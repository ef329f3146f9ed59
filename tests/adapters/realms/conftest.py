"""What the tests of the realms share: a shelf of earlier artifacts, intents, and carrying them out."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import BinaryIO

import attrs

from artifact_plane.domain.model.errors import NotFound
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.json import Json, JsonObject, admit_object
from artifact_plane.domain.model.rendering import ByteSource, BytesSource
from artifact_plane.domain.model.result import Output
from artifact_plane.ports.realm import ArtifactReader, ArtifactReading, Realm, RefusedInput

CONTEXT = ExecutionContext(tenant_id="local")


@attrs.define
class MemoryShelf(ArtifactReader):
    """The earlier artifacts of one tenant, by id, each in its version 3; ``asked`` are those that were read."""

    readings: dict[str, ArtifactReading] = attrs.Factory(dict)
    asked: list[str] = attrs.Factory(list)

    async def read(self, artifact_id: str) -> ArtifactReading:
        self.asked.append(artifact_id)
        if artifact_id not in self.readings:
            raise NotFound("there is no such artifact", where=artifact_id)
        return self.readings[artifact_id]

    def put(self, artifact_id: str, artifact_type: str, payload: JsonObject) -> None:
        """Put a meaning on the shelf as the runtime would: admitted."""
        self.readings[artifact_id] = ArtifactReading(
            artifact_id=artifact_id,
            version=3,
            artifact_type=artifact_type,
            labels=(),
            semantic_payload=admit_object(payload),
        )

    def keep(self, artifact_id: str, output: Output) -> None:
        """Put an output on the shelf."""
        self.put(artifact_id, output.result_type, output.semantic_payload)


@attrs.frozen
class DribblingSource(ByteSource):
    """Bytes of unknown number that come a few at a time, as from a pipe."""

    data: bytes
    step: int = 7

    @property
    def size(self) -> int | None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        return _Dribble(self.data[start:stop], self.step)


class _Dribble(io.BytesIO):
    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._step if size is None or size < 0 else min(size, self._step))


def intent(intent_type: str, data: bytes | ByteSource | None = None, **parameters: Json) -> Intent:
    """An intent with the attachment ``data``, if it is given."""
    source = BytesSource(data) if isinstance(data, bytes) else data
    return Intent(
        intent_id="i-1",
        intent_type=intent_type,
        tenant_id="local",
        session_id="s-1",
        solution_id="default",
        parameters=parameters,
        attachments={} if source is None else {"data": source},
    )


async def carried_out(realm: Realm, asked: Intent, shelf: ArtifactReader | None = None) -> Output:
    """The one output of an intent, after the checks that every output must pass."""
    result = await realm.handle(asked, CONTEXT, shelf or MemoryShelf())
    ((key, output),) = result.artifacts.items()
    assert key == output.result_type
    assert len(output.renderings) >= 1
    admitted = admit_object(output.semantic_payload)
    assert len(json.dumps(admitted, ensure_ascii=False).encode()) < 1024 * 1024
    return output


def done(realm: Realm, intent_type: str, data: bytes | ByteSource | None = None, **parameters: Json) -> JsonObject:
    """The payload that an intent with this data gives, for tests that run no event loop."""
    return asyncio.run(carried_out(realm, intent(intent_type, data, **parameters))).semantic_payload


def refusal(realm: Realm, intent_type: str, data: bytes | ByteSource | None = None, **parameters: Json) -> RefusedInput:
    """The refusal that an intent meets; it has a place and a remedy."""
    try:
        done(realm, intent_type, data, **parameters)
    except RefusedInput as refused:
        assert refused.where
        assert refused.remedy
        return refused
    raise AssertionError("the input was accepted")


def objects(value: Json) -> list[dict[str, Json]]:
    """A list of objects inside a payload."""
    return list(_objects(value))


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    assert isinstance(value, list | tuple)
    for item in value:
        assert isinstance(item, dict)
        yield item


def csv_of(*rows: str) -> bytes:
    """Lines as a file."""
    return "".join(f"{row}\n" for row in rows).encode()
