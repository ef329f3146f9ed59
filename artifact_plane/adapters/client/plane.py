"""Artifacts at a service."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from artifact_plane.adapters.client import bodies
from artifact_plane.adapters.client.content import Downloads, RemoteSource
from artifact_plane.adapters.client.conversation import MOST_ON_LOOP, Conversation
from artifact_plane.adapters.client.elsewhere import not_over_http
from artifact_plane.adapters.client.tenancy import Tenancy
from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.digests import algorithm_of
from artifact_plane.adapters.codec.views_reading import (
    each,
    lineage_of_view,
    page_of_view,
    read,
    receipt_of_view,
    record_of_view,
)
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactPage, Part, Place
from artifact_plane.domain.model.decision import MaterializationDecision, Role
from artifact_plane.domain.model.errors import Conflict, Damaged, InvalidInput
from artifact_plane.domain.model.identity import check_identifier, check_name
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.lineage import Lineage
from artifact_plane.domain.model.rendering import SEMANTIC_PART, BytesSource, Digest
from artifact_plane.domain.model.request import Request
from artifact_plane.ports.answers import ArtifactView, Content, PayloadLike, RecordedArtifact
from artifact_plane.ports.application import Plane

ALL: Final = "all"
SMALL: Final = 4 * 1024 * 1024
"""Bytes up to which a content is fetched at once; a larger one is read when somebody reads it."""

_CODEC: Final = JsonCodec(limits=bodies.LIMITS)


class HttpPlane(Plane):
    """The plane of a service."""

    def __init__(self, talk: Conversation, tenancy: Tenancy, downloads: Downloads) -> None:
        self._talk: Final = talk
        self._tenancy: Final = tenancy
        self._downloads: Final = downloads

    async def create_artifact(
        self,
        artifact_type: str,
        artifact_id: str | None,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        request: Request | None = None,
    ) -> RecordedArtifact:
        self._tenancy.check(context.tenant_id)
        own = {"artifact_type": artifact_type} | ({} if artifact_id is None else {"artifact_id": artifact_id})
        body = await bodies.payload_body(payload, metadata, context, own, self._talk.new_id())
        answer = await self._talk.post("api/artifacts", body, request=request)
        return self._recorded(await answer.document(), context.tenant_id)

    async def get_artifact(
        self, artifact_id: str, tenant_id: str, include_payload: bool = True, *, version: int | None = None
    ) -> ArtifactView:
        self._tenancy.check(tenant_id)
        query = {"version": version} | ({} if include_payload else {"payload": False})
        answer = await self._talk.get(path_of(artifact_id), query)
        artifact = self._own(record_of_view(answer.get("artifact")), tenant_id)
        if not include_payload:
            return ArtifactView(artifact=artifact)
        if answer.get("semantic_payload") is None:  # the bytes are not there either, and their error says why
            await self.get_meaning(artifact_id, tenant_id, version=artifact.version)
        payload = read("meaning", lambda fields: fields, answer.get("semantic_payload"))
        await _checked_meaning(artifact, payload)
        return ArtifactView(artifact=artifact, semantic_payload=payload)

    async def get_meaning(self, artifact_id: str, tenant_id: str, *, version: int | None = None) -> bytes:
        content = await self.open_content(artifact_id, tenant_id, SEMANTIC_PART, version=version)
        return await asyncio.to_thread(_all_of, content)

    async def open_content(self, artifact_id: str, tenant_id: str, name: str, *, version: int | None = None) -> Content:
        check_name("rendering name", name)
        artifact = (await self.get_artifact(artifact_id, tenant_id, include_payload=False, version=version)).artifact
        path, query = f"{path_of(artifact_id)}/renderings/{quote(name, safe='')}", {"version": artifact.version}
        headers, data = await self._talk.stream(path, query, SMALL)
        part = artifact.part(name) or _other_format(name, headers.get("content-type", ""))
        drawn, digest = headers.get("artifact-plane-drawn") == "true", Digest(headers.get("artifact-plane-digest", ""))
        where = f"artifact {artifact_id}, version {artifact.version}, part {name!r}"
        if part.digest is not None and not drawn and digest != part.digest:
            raise Damaged("the service gives another digest than is on record", where=where, remedy=_ANEW)
        size = len(data) if data is not None else int(headers["content-length"])
        remote = RemoteSource(
            downloads=self._downloads, path=f"{path}?version={artifact.version}", length=size, digest=digest
        )
        source = _CODEC.verified(remote if data is None else BytesSource(data), digest, where)
        return Content(
            artifact=artifact,
            part=part,
            source=source,
            size=size,
            digest=digest,
            drawn=drawn,
            notice=headers.get("artifact-plane-notice"),
        )

    async def update_artifact(
        self,
        artifact_id: str,
        payload: PayloadLike,
        metadata: JsonObject,
        context: ExecutionContext,
        *,
        expected_version: int,
    ) -> RecordedArtifact:
        self._tenancy.check(context.tenant_id)
        path, replaces = path_of(artifact_id), {"if-match": f'"{artifact_id}@{expected_version}"'}
        body = await bodies.payload_body(payload, metadata, context, {}, self._talk.new_id())
        answer = await self._talk.ask("PUT", path, None, body, replaces)
        return self._recorded(await answer.document(), context.tenant_id)

    async def delete_artifact(
        self, artifact_id: str, tenant_id: str, *, expected_versions: Collection[int] | None = None
    ) -> Artifact:
        self._tenancy.check(tenant_id)
        tags = [f'"{artifact_id}@{version}"' for version in expected_versions or ()]
        named = {} if expected_versions is None else {"if-match": ", ".join(tags) or '""'}
        answer = await (await self._talk.ask("DELETE", path_of(artifact_id), None, None, named)).document()
        return self._own(record_of_view(answer.get("artifact")), tenant_id)

    async def list_artifacts(
        self, tenant_id: str, criteria: ArtifactFilter, *, limit: int = 100, after: str | None = None
    ) -> ArtifactPage:
        self._tenancy.check(tenant_id)
        query = {
            "type": criteria.artifact_type,
            "session": criteria.session_id,
            "solution": criteria.solution_id,
            "execution": criteria.execution_id,
            "label": criteria.label,
            "decision": None if criteria.decision is None else criteria.decision.value,
            "state": ALL if criteria.state is None else criteria.state.value,
            "limit": limit,
            "after": after,
        }
        page = page_of_view(await self._talk.get("api/artifacts", query))
        for artifact in page.artifacts[:1]:
            self._own(artifact, tenant_id)
        return page

    async def versions(self, artifact_id: str, tenant_id: str) -> tuple[Artifact, ...]:
        self._tenancy.check(tenant_id)
        found: list[Artifact] = []
        query: dict[str, str] = {}
        while True:
            answer = await self._talk.get(f"{path_of(artifact_id)}/versions", query)
            found.extend(self._own(one, tenant_id) for one in each(answer.get("versions"), record_of_view))
            following = answer.get("next")
            if following is None:
                return tuple(found)
            query = {"after": str(following)}

    async def register_lineage(
        self, artifact_id: str, source_execution_id: str, source_intent: str, context: ExecutionContext
    ) -> Lineage:
        self._tenancy.check(context.tenant_id)
        said = bodies.document({"source_execution_id": source_execution_id, "source_intent": source_intent})
        answer = await self._talk.post(f"{path_of(artifact_id)}/lineage", said)
        return lineage_of_view(await answer.document())

    async def answered(self, key: str, tenant_id: str) -> Request | None:
        """Not over HTTP: a request that is sent again under its key is answered by the service."""
        raise not_over_http("keys of requests are the service's own business", "send the request again with its key")

    async def record_request(self, request: Request, tenant_id: str) -> None:
        """Not over HTTP: see ``answered``."""
        raise not_over_http("keys of requests are the service's own business", "send the request with its key")

    async def resolve(self, prefix: str, tenant_id: str) -> str:
        self._tenancy.check(tenant_id)
        check_identifier("artifact id", prefix)
        try:
            answer = await self._talk.get(f"api/resolve/{prefix}")
        except Conflict as error:
            raise InvalidInput(error.message, where=error.where, remedy=error.remedy) from error
        return str(answer.get("artifact_id"))

    def _recorded(self, answer: JsonObject, tenant_id: str) -> RecordedArtifact:
        artifact = self._own(record_of_view(answer.get("artifact")), tenant_id)
        receipts = each(answer.get("receipts"), lambda one: receipt_of_view(one, artifact.tenant_id))
        return read(
            "recorded artifact",
            lambda fields: RecordedArtifact(artifact=artifact, receipt=receipts[0], repeated=fields["repeated"]),
            answer,
        )

    def _own(self, artifact: Artifact, tenant_id: str) -> Artifact:
        self._tenancy.seen(artifact.tenant_id, tenant_id)
        return artifact


def path_of(artifact_id: str) -> str:
    """Where an artifact is. Raises InvalidInput where that is no legal id."""
    return f"api/artifact/{check_identifier('artifact id', artifact_id)}"


_ANEW: Final = "ask for it anew; if it stays so, see whether the service and its stores are of one piece"


async def _checked_meaning(artifact: Artifact, payload: JsonObject) -> None:
    """Raises Damaged where a meaning is not that of the record (law 15)."""
    size = artifact.meaning.size or 0
    digest = (
        _digest_of(artifact, payload)
        if size <= MOST_ON_LOOP
        else await asyncio.to_thread(_digest_of, artifact, payload)
    )
    if digest != artifact.meaning.digest:
        raise Damaged(
            f"the meaning does not match its digest {artifact.meaning.digest}",
            where=f"artifact {artifact.artifact_id}, version {artifact.version}",
            remedy=_ANEW,
        )


def _digest_of(artifact: Artifact, payload: JsonObject) -> Digest:
    codec = JsonCodec(algorithm_of(artifact.meaning.digest or Digest("")) or "blake3", bodies.LIMITS)
    return codec.meaning(payload).digest


def _all_of(content: Content) -> bytes:
    with content.source.open() as reader:
        return reader.read()


def _other_format(name: str, media_type: str) -> Part:
    """A view that no record has, drawn by the renderer of one that it has; which renderer, is not told."""
    return Part(
        name=name,
        role=Role.RENDERING,
        media_type=media_type,
        decision=MaterializationDecision.DISCARD,
        place=Place.NOWHERE,
    )
