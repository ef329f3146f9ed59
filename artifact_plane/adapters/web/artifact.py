"""The page of one artifact: what it is, why each part is here or not, what it means, and its versions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import attrs
from litestar import Response, get
from litestar.params import FromPath

from artifact_plane.adapters.codec.json_gate import parse_json
from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.meaning import TreeNode, tree_of
from artifact_plane.adapters.web.page import page
from artifact_plane.adapters.web.previews.kinds import Kind, kind_of
from artifact_plane.adapters.web.previews.pages import links_of
from artifact_plane.domain.model.artifact import (
    Artifact,
    ArtifactFilter,
    ArtifactState,
    PartRuling,
    Place,
    Receipt,
    no_such_artifact,
)
from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import SEMANTIC_PART
from artifact_plane.ports.answers import Explanation
from artifact_plane.ports.application import Application

READ_WHOLE: Final = 1024 * 1024
"""Bytes of a meaning up to which a page reads it as JSON."""

_SHOWN_VERSIONS: Final = 50
_LONGEST_TITLE: Final = 200
_OFFERED: Final = 25
"""Artifacts of the same type that a page offers to compare with: the newest."""


@attrs.frozen(kw_only=True)
class Meaning:
    """A meaning as far as a page shows it: the tree, or why there is none."""

    tree: TreeNode | None = None
    refusal: str | None = None
    remedy: str | None = None

    @property
    def title(self) -> str:
        """What it calls itself, where it has a ``title``: people know it by that."""
        entries = self.tree.children if self.tree is not None else ()
        return next((one.text for one in entries if one.key == "title" and one.kind == "text"), "")[:_LONGEST_TITLE]


@get("/artifacts/{artifact_id:str}", include_in_schema=False)
async def artifact_page(request: HttpRequest, artifact_id: FromPath[str]) -> Response[bytes]:
    """An artifact at its current version, or at the one named."""
    version = Asked.of(request).number("version", 1, 2**31)
    app, tenant = service_of(request).application, caller_of(request).tenant_id
    versions, explanation = await asyncio.gather(
        app.plane.versions(artifact_id, tenant), app.steward.explain(artifact_id, tenant)
    )
    artifact = version_among(versions, version or versions[-1].version, artifact_id)
    alike = await app.plane.list_artifacts(tenant, ArtifactFilter(artifact_type=artifact.artifact_type), limit=_OFFERED)
    return page(
        request,
        "artifact.html",
        status=200 if artifact.state is ArtifactState.ACTIVE else 410,
        artifact=artifact,
        receipt=receipt_of(explanation, artifact.version),
        rulings=_rulings(explanation, artifact.version),
        links={part.name: links_of(artifact, part.name) for part in artifact.parts},
        shows={part.name: _can_show(artifact, part.name) for part in artifact.parts},
        meaning=await meaning_of(app, artifact),
        metadata=tree_of(artifact.metadata) if artifact.metadata else None,
        versions=versions[::-1][:_SHOWN_VERSIONS],
        count=len(versions),
        current=versions[-1].version,
        comparing=_comparing(artifact, versions),
        alike=[one for one in alike.artifacts if one.artifact_id != artifact_id],
    )


def version_among(versions: tuple[Artifact, ...], version: int, artifact_id: str) -> Artifact:
    """The artifact at that version. Raises NotFound."""
    for one in versions:
        if one.version == version:
            return one
    raise no_such_artifact(artifact_id, version)


def receipt_of(explanation: Explanation, version: int) -> Receipt | None:
    """The receipt of a version."""
    return next((one for one in explanation.receipts if one.version == version), None)


async def meaning_of(app: Application, artifact: Artifact) -> Meaning:
    """The meaning as a tree; what keeps it from being shown is told, the rest of the page is not lost for it."""
    part = artifact.meaning
    if artifact.state is ArtifactState.DELETED:
        return Meaning(refusal="Its bytes are gone: the artifact was deleted.")
    if part.size is not None and part.size > READ_WHOLE:
        return Meaning(refusal="It is too large to be shown as a tree here; the raw JSON shows its first 64 KiB.")
    try:
        value = await read_meaning(app, artifact)
    except ArtifactPlaneError as error:
        return Meaning(refusal=error.message, remedy=error.remedy)
    return Meaning(tree=tree_of(value))


async def read_meaning(app: Application, artifact: Artifact) -> Json:
    """The meaning as JSON. Raises Gone, Damaged, Unavailable."""
    data = await app.plane.get_meaning(artifact.artifact_id, artifact.tenant_id, version=artifact.version)
    return await asyncio.to_thread(parse_json, data, what=SEMANTIC_PART)


def _rulings(explanation: Explanation, version: int) -> Mapping[str, PartRuling]:
    receipt = receipt_of(explanation, version)
    return {one.part: one for one in receipt.parts} if receipt is not None else {}


def _can_show(artifact: Artifact, name: str) -> bool:
    """Whether the bytes of a part can be had and previewed."""
    part = artifact.part(name)
    if part is None or artifact.state is ArtifactState.DELETED:
        return False
    return (part.place is not Place.NOWHERE or part.regenerable) and kind_of(part.media_type) is not Kind.NOTHING


def _comparing(artifact: Artifact, versions: tuple[Artifact, ...]) -> str | None:
    """The address that compares this version with the one before it."""
    before = [one.version for one in versions if one.version < artifact.version]
    if not before:
        return None
    ends = [("left", f"{artifact.artifact_id}@{before[-1]}"), ("right", f"{artifact.artifact_id}@{artifact.version}")]
    return address("/compare", ends)
