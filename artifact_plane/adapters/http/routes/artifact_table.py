"""The operations on artifacts, each with all that it takes and answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from artifact_plane.adapters.http.openapi_schemas import TEXT
from artifact_plane.adapters.http.operations import Answer, Body, Operation
from artifact_plane.adapters.http.routes import about, artifacts, renderings
from artifact_plane.adapters.http.routes.tables import (
    ANOTHER,
    ETAG,
    GONE,
    IF_CURRENT,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_STILL,
    LINK,
    LOCATION,
    NO_PAGE,
    NOT_MODIFIED,
    NOT_THERE,
    REPLAYED,
    json_answer,
    json_content,
    json_or_form,
    links,
    one_of_two,
    said,
)
from artifact_plane.domain.model.credential import Scope
from artifact_plane.domain.model.json import JsonObject

TAG: Final = "artifacts"
ONE: Final = "/api/artifact/{artifact_id}"

NEW: Final[JsonObject] = {
    "artifact_type": "roadmap",
    "payload": {
        "semantic_payload": {"title": "Q3", "steps": ["survey", "pilot", "rollout"]},
        "renderings": {"note": {"media_type": "text/markdown", "text": "# Q3\n"}},
        "labels": ["draft"],
    },
    "metadata": {"owner": "claims desk"},
}
_BYTES: Final[dict[str, JsonObject]] = {"*/*": {"example": "step,week\nsurvey,27\n"}}
"""Bytes of any type have no schema."""

_OF_BYTES: Final = {
    "ETag": said("The digest of the bytes, in quotes."),
    "Accept-Ranges": said("`bytes`."),
    "Content-Disposition": said("`attachment` with a safe file name, or `inline`."),
    "Artifact-Plane-Digest": said("The digest of the whole content."),
    "Artifact-Plane-Drawn": said("`true` where it was drawn for this answer, and is not kept."),
    "Artifact-Plane-Notice": said("What is worth knowing, for instance that another renderer version drew it before."),
}
_RANGE: Final[dict[str, JsonObject]] = {
    "Range": {
        "description": "One range of bytes; what is not understood is passed over.",
        "schema": {"type": "string"},
        "example": "bytes=0-99",
    },
    "If-Range": {"description": "The range is wanted only while the ETag is this.", "schema": TEXT},
}

_NEXT: Final = links(
    "artifact_id",
    "/artifact/artifact_id",
    "get_artifact",
    "update_artifact",
    "delete_artifact",
    "get_rendering",
    "head_rendering",
)

_reading: Final = partial(Operation, method="GET", need=Scope.READ, tag=TAG)

OPERATIONS: Final = (
    Operation(
        name="create_artifact",
        method="POST",
        path="/api/artifacts",
        need=Scope.WRITE,
        handler=artifacts.create,
        tag=TAG,
        summary="Create an artifact by explicit request.",
        about=(
            "Kept unless the steward's rules stand against it. With an `artifact_id`, creating the same content again "
            "is the same artifact (200, `repeated`), and another content a conflict. As a multipart form: the part "
            "`artifact` is this JSON; every other part is a rendering, by its own name or by the `part` of one."
        ),
        body=json_or_form("ArtifactRequest", artifacts.PART, "A rendering's bytes.", NEW),
        answers={
            201: json_answer("It is recorded.", "RecordedArtifact", {**LOCATION, **ETAG, **REPLAYED}, _NEXT),
            200: json_answer("It was there already.", "RecordedArtifact", {**LOCATION, **ETAG, **REPLAYED}, _NEXT),
        },
        problems={**NOT_THERE, **GONE},
    ),
    _reading(
        name="list_artifacts",
        path="/api/artifacts",
        handler=artifacts.list_all,
        summary="List artifacts, newest first.",
        about="Pages neither repeat nor hide artifacts while others come and go.",
        query=artifacts.LISTED_BY,
        answers={200: json_answer("One page.", "Artifacts", LINK)},
        problems=NO_PAGE,
    ),
    _reading(
        name="get_artifact",
        path=ONE,
        handler=artifacts.show,
        summary="Read an artifact's record and meaning.",
        about="The meaning is null where governance or time has taken it, and absent with `payload=false`.",
        query=(artifacts.VERSION, artifacts.PAYLOAD),
        headers={**IF_NONE_MATCH, **IF_STILL},
        answers={200: json_answer("The artifact.", "ArtifactAnswer", ETAG), 304: NOT_MODIFIED},
        problems={**NOT_THERE, **GONE, **ANOTHER},
    ),
    Operation(
        name="update_artifact",
        method="PUT",
        path=ONE,
        need=Scope.WRITE,
        handler=artifacts.update,
        tag=TAG,
        summary="Replace the whole payload by a new version.",
        about=(
            "All parts are ruled anew. To repeat an update that went through gives the version that it made. An "
            "`artifact_id` in the body must be that of the address (400), an `artifact_type` the artifact's own (409)."
        ),
        headers=IF_MATCH,
        body=json_or_form(
            "UpdateRequest",
            artifacts.PART,
            "A rendering's bytes.",
            {"payload": {"semantic_payload": {"title": "Q3, revised"}}},
        ),
        answers={200: json_answer("The new version.", "RecordedArtifact", {**LOCATION, **ETAG})},
        problems={
            **NOT_THERE,
            **GONE,
            400: "The request cannot be accepted; for instance, the body names another artifact than the address.",
            409: "The body names another type than the artifact has: a type cannot change.",
            412: "Another version is current than If-Match names.",
            422: "A rendering cannot be drawn.",
            428: "If-Match is missing.",
        },
    ),
    Operation(
        name="delete_artifact",
        method="DELETE",
        path=ONE,
        need=Scope.DELETE,
        handler=artifacts.delete,
        tag=TAG,
        summary="Delete an artifact to its tombstone.",
        about="The bytes of all versions go; record, receipts and lineage stay. Deleting again gives the same.",
        headers=IF_CURRENT,
        answers={200: json_answer("The tombstone.", "ArtifactAnswer")},
        problems={**NOT_THERE, 412: "Another version is current than If-Match names."},
    ),
    _reading(
        name="get_rendering",
        path=f"{ONE}/renderings/{{name}}",
        handler=renderings.get,
        summary="Read the bytes of a part.",
        about=(
            "`semantic_payload` is the meaning's canonical bytes; any other name a rendering's. One that was dropped "
            "and can be drawn is drawn now; so is a format, such as `pdf`, that the renderer of one of its views knows."
        ),
        query=(artifacts.VERSION, renderings.DISPOSITION),
        headers={**IF_NONE_MATCH, **IF_STILL, **_RANGE},
        answers={
            200: Answer(about="The bytes, compared to their digest.", content=_BYTES, headers=_OF_BYTES),
            206: Answer(
                about="A range of them.",
                content=_BYTES,
                headers={
                    **_OF_BYTES,
                    "Content-Range": said("Which bytes these are."),
                    "Artifact-Plane-Compared": said("`false` where the content is too large to be compared for it."),
                },
            ),
            304: NOT_MODIFIED,
        },
        problems={
            **NOT_THERE,
            **GONE,
            **ANOTHER,
            416: "No byte is in the range, or there are too many ranges.",
            422: "It cannot be drawn here.",
        },
    ),
    Operation(
        name="head_rendering",
        method="HEAD",
        path=f"{ONE}/renderings/{{name}}",
        need=Scope.READ,
        handler=renderings.get,
        tag=TAG,
        summary="Read the headers of a part's bytes.",
        query=(artifacts.VERSION, renderings.DISPOSITION),
        headers={**IF_NONE_MATCH, **IF_STILL},
        answers={200: Answer(about="The headers.", headers=_OF_BYTES), 304: NOT_MODIFIED},
        problems={**NOT_THERE, **GONE, **ANOTHER, 422: "It cannot be drawn here."},
    ),
    _reading(
        name="list_versions",
        path=f"{ONE}/versions",
        handler=about.versions,
        summary="List all versions, oldest first; a deleted artifact's too.",
        query=about.VERSIONS_BY,
        answers={200: json_answer("One page.", "Versions", LINK)},
        problems=NOT_THERE,
    ),
    _reading(
        name="list_receipts",
        path=f"{ONE}/receipts",
        handler=about.receipts,
        summary="List the receipts of all rulings; a deleted artifact's too.",
        answers={200: json_answer("The receipts, newest version last.", "Receipts")},
        problems=NOT_THERE,
    ),
    _reading(
        name="explain_artifact",
        path=f"{ONE}/explain",
        handler=about.explain,
        summary="Say why its parts are kept, cached or dropped; a deleted artifact's too.",
        answers={200: json_answer("The record and the receipts.", "Explanation")},
        problems=NOT_THERE,
    ),
    _reading(
        name="get_lineage",
        path=f"{ONE}/lineage",
        handler=about.lineage,
        summary="Say what it came from, what came of it, or what a change of it would concern.",
        about="`truncated` says that `depth` or `nodes` cut it. With `direction=impact` the answer lists artifacts.",
        query=about.LINEAGE_BY,
        answers={
            200: one_of_two("The graph, or with `direction=impact` the artifacts.", "Lineage", "Impact"),
        },
        problems={**NOT_THERE, 409: "The graph has not come to the position of `at_least` yet."},
    ),
    _reading(
        name="find_path",
        path=f"{ONE}/lineage/path/{{origin}}",
        handler=about.path,
        summary="Find a shortest way from an artifact up to another one.",
        about="Without nodes where there is none within the bounds.",
        query=about.PATH_BY,
        answers={200: json_answer("The way.", "Lineage")},
        problems=NOT_THERE,
    ),
    Operation(
        name="register_lineage",
        method="POST",
        path=f"{ONE}/lineage",
        need=Scope.WRITE,
        handler=about.register,
        tag=TAG,
        summary="Say afterwards which execution an artifact's current version came from.",
        body=Body(content=json_content("LineageRequest", {"source_execution_id": "run-7", "source_intent": "plan-q3"})),
        answers={200: json_answer("What it came from, as it is known now.", "Lineage", REPLAYED)},
        problems={
            **NOT_THERE,
            **GONE,
            409: "The execution has not ended, was of another intent, or comes from this artifact itself.",
        },
    ),
    _reading(
        name="resolve_id",
        path="/api/resolve/{prefix}",
        handler=about.resolve,
        summary="Find the artifact id that a short one stands for.",
        answers={200: json_answer("The whole id.", "Resolved")},
        problems={**NOT_THERE, 409: "Several ids begin so; the detail names some."},
    ),
)
