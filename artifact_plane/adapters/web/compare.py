"""Two versions, or two artifacts, side by side: what differs in meaning, in parts, in rulings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import attrs
from litestar import Response, get

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.artifact import READ_WHOLE, read_meaning, receipt_of, version_among
from artifact_plane.adapters.web.asking import Asked
from artifact_plane.adapters.web.difference import Difference, differences
from artifact_plane.adapters.web.page import page
from artifact_plane.domain.model.artifact import Artifact, Part, PartRuling, Receipt
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput
from artifact_plane.domain.model.identity import check_identifier, printable
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.application import Application


@attrs.frozen(kw_only=True)
class Side:
    """One of the two: the artifact at a version, its receipt, its meaning or why there is none."""

    artifact: Artifact
    receipt: Receipt | None
    meaning: Json = None
    refusal: str | None = None

    @property
    def rulings(self) -> Mapping[str, PartRuling]:
        """The rulings on its parts by their names."""
        return {one.part: one for one in self.receipt.parts} if self.receipt is not None else {}


@attrs.frozen(kw_only=True)
class PartPair:
    """A part on both sides, or on one of them, and whether the bytes and the decisions are the same."""

    name: str
    left: Part | None
    right: Part | None

    @property
    def same_bytes(self) -> bool | None:
        """Whether both are the same bytes; None where one is not there, or that is not on record."""
        if self.left is None or self.right is None or self.left.digest is None or self.right.digest is None:
            return None
        return self.left.digest == self.right.digest


@attrs.frozen(kw_only=True)
class MeaningPair:
    """What differs between the meanings, or why that cannot be said."""

    differences: tuple[Difference, ...] = ()
    more: bool = False
    refusal: str | None = None


@get("/compare", include_in_schema=False)
async def compare_page(request: HttpRequest) -> Response[bytes]:
    """The comparison; without two ends, the form that asks for them."""
    asked = Asked.of(request)
    ends = (asked.read("left", _end), asked.read("right", _end))
    if ends[0] is None or ends[1] is None:
        return page(request, "compare_form.html", asked=asked)
    app, tenant = service_of(request).application, caller_of(request).tenant_id
    left, right = await asyncio.gather(_side(app, tenant, *ends[0]), _side(app, tenant, *ends[1]))
    return page(
        request,
        "compare.html",
        left=left,
        right=right,
        parts=_parts(left.artifact, right.artifact),
        meaning=await asyncio.to_thread(_meanings, left, right),
        facts=list(_facts(left.artifact, right.artifact)),
    )


def _end(text: str) -> tuple[str, int | None]:
    artifact_id, marked, version = text.partition("@")
    check_identifier("artifact id", artifact_id)
    if not marked:
        return artifact_id, None
    if not (version.isascii() and version.isdigit() and len(version) < 10 and int(version)):
        raise InvalidInput(
            f"{printable(text)} names no version", where="compare", remedy="write it as id, or as id@version"
        )
    return artifact_id, int(version)


async def _side(app: Application, tenant: str, artifact_id: str, version: int | None) -> Side:
    versions, explanation = await asyncio.gather(
        app.plane.versions(artifact_id, tenant), app.steward.explain(artifact_id, tenant)
    )
    artifact = version_among(versions, versions[-1].version if version is None else version, artifact_id)
    receipt = receipt_of(explanation, artifact.version)
    if (artifact.meaning.size or 0) > READ_WHOLE:
        return Side(artifact=artifact, receipt=receipt, refusal="it is too large to be compared here")
    try:
        return Side(artifact=artifact, receipt=receipt, meaning=await read_meaning(app, artifact))
    except ArtifactPlaneError as error:
        return Side(artifact=artifact, receipt=receipt, refusal=error.message)


def _meanings(left: Side, right: Side) -> MeaningPair:
    for name, side in (("left", left), ("right", right)):
        if side.refusal is not None:
            return MeaningPair(refusal=f"The meaning on the {name} cannot be read: {side.refusal}.")
    found, more = differences(left.meaning, right.meaning)
    return MeaningPair(differences=found, more=more)


def _parts(left: Artifact, right: Artifact) -> list[PartPair]:
    names = dict.fromkeys(part.name for part in (*left.parts, *right.parts))
    return [PartPair(name=name, left=left.part(name), right=right.part(name)) for name in names]


_FACTS: Final = ("artifact_type", "realm", "intent_type", "solution_id", "session_id", "execution_id", "key")


def _facts(left: Artifact, right: Artifact) -> list[tuple[str, str, str]]:
    """The facts of the records that differ, as name, left and right."""
    pairs = [(name, getattr(left, name), getattr(right, name)) for name in _FACTS]
    pairs.append(("labels", ", ".join(left.labels), ", ".join(right.labels)))
    return [(name.replace("_", " "), str(a or "–"), str(b or "–")) for name, a, b in pairs if a != b]
