"""What requests say, field for field: each class is the body that is read and, by its fields, the one described."""

from __future__ import annotations

from typing import Final

import attrs

from artifact_plane.adapters.http.gate import AnyObject
from artifact_plane.adapters.http.parameters import IDENTIFIER_PATTERN, NAME_PATTERN
from artifact_plane.domain.model.decision import PLATFORM_NATIVE
from artifact_plane.domain.model.json import MAX_INTEGER, JsonObject
from artifact_plane.domain.model.rendering import SEMANTIC_PART

ABOUT: Final = "about"
SCHEMA: Final = "schema"

IDENTIFIER: Final[JsonObject] = {"pattern": IDENTIFIER_PATTERN}
NAME: Final[JsonObject] = {"pattern": NAME_PATTERN}
DERIVED: Final[JsonObject] = {"pattern": NAME_PATTERN, "not": {"enum": sorted(PLATFORM_NATIVE)}}
"""The type of an output: any but those that the platform writes itself."""
RENDERING: Final[JsonObject] = {"type": "string", "pattern": NAME_PATTERN, "not": {"const": SEMANTIC_PART}}
MEDIA_TYPE_PATTERN: Final = "^[ -.0-~]+/[ -~]+$"
LONGEST: Final = 200
MEDIA_TYPE: Final[JsonObject] = {"pattern": MEDIA_TYPE_PATTERN, "maxLength": LONGEST}
FILE_NAME: Final[JsonObject] = {"pattern": "^[ -~]+$", "minLength": 1, "maxLength": LONGEST}
DEFAULT: Final = "default"


def _said(about: str, schema: JsonObject | None = None) -> dict[str, object]:
    """A field's description, and what its JSON schema says besides its type."""
    return {ABOUT: about, SCHEMA: schema or {}}


@attrs.frozen(kw_only=True)
class PayloadBody:
    """A meaning, and views of it."""

    semantic_payload: AnyObject = attrs.field(
        metadata=_said("What it means, as a JSON object.", {"$ref": "#/components/schemas/Object"})
    )
    renderings: AnyObject = attrs.field(
        factory=dict,
        metadata=_said(
            "Views of the meaning by name: bytes as `text`, `base64` or `json` beside a `media_type`, a `part` of the "
            "multipart form, or a `renderer` with its `format`, drawn on demand.",
            {
                "additionalProperties": {"$ref": "#/components/schemas/View"},
                "propertyNames": RENDERING,
            },
        ),
    )
    derived_from: tuple[str, ...] = attrs.field(
        default=(),
        metadata=_said(
            "Ids of the artifacts it was made from.",
            {"items": {"type": "string", **IDENTIFIER}},
        ),
    )
    labels: tuple[str, ...] = attrs.field(
        default=(),
        metadata=_said(
            "What a policy may ask about.",
            {"items": {"type": "string", **NAME}},
        ),
    )


@attrs.frozen(kw_only=True)
class ArtifactBody:
    """An artifact to be created. The tenant is the caller's, and where it is stored is the plane's business."""

    artifact_type: str = attrs.field(metadata=_said("What it is, as the policy calls it.", DERIVED))
    artifact_id: str | None = attrs.field(
        default=None,
        metadata=_said(
            "Its id; a new one where none is given. The same id and content again is no second artifact.", IDENTIFIER
        ),
    )
    payload: PayloadBody = attrs.field(metadata=_said("Its meaning, and views of it."))
    metadata: AnyObject = attrs.field(
        factory=dict,
        metadata=_said("The caller's own JSON; never read as a switch.", {"$ref": "#/components/schemas/Metadata"}),
    )
    session_id: str = attrs.field(default=DEFAULT, metadata=_said("The session it belongs to.", IDENTIFIER))
    solution_id: str = attrs.field(default=DEFAULT, metadata=_said("The solution whose policy rules.", IDENTIFIER))
    execution_id: str | None = attrs.field(
        default=None, metadata=_said("The execution, ended already, that it came from.", IDENTIFIER)
    )
    intent_id: str | None = attrs.field(default=None, metadata=_said("The intent that it came from.", IDENTIFIER))
    intent_type: str | None = attrs.field(default=None, metadata=_said("That intent's type.", NAME))
    realm: str | None = attrs.field(default=None, metadata=_said("The realm that made it.", NAME))


@attrs.frozen(kw_only=True)
class UpdateBody(ArtifactBody):
    """What an artifact becomes: the whole payload anew. A type or id, where given, must be the artifact's own."""

    artifact_type: str | None = attrs.field(  # type: ignore[assignment]  # what creates must say it, an update may
        default=None, metadata=_said("The artifact's type, which cannot change.", NAME)
    )


@attrs.frozen(kw_only=True)
class IntentBody:
    """What is asked of a realm."""

    intent_type: str = attrs.field(metadata=_said("What is asked; `GET /api/intent-types` lists what is known.", NAME))
    intent_id: str | None = attrs.field(
        default=None,
        metadata=_said(
            "Makes asking twice one thing: the same id and content runs once. A new one where none is given.",
            IDENTIFIER,
        ),
    )
    session_id: str = attrs.field(default=DEFAULT, metadata=_said("The session it belongs to.", IDENTIFIER))
    solution_id: str = attrs.field(default=DEFAULT, metadata=_said("The solution whose policy rules.", IDENTIFIER))
    parameters: AnyObject = attrs.field(
        factory=dict, metadata=_said("What the realm needs to know.", {"$ref": "#/components/schemas/Object"})
    )


@attrs.frozen(kw_only=True)
class CarriedOutBody(IntentBody):
    """What was asked of a realm elsewhere."""

    intent_type: str = attrs.field(metadata=_said("What was asked; it need not be known here.", NAME))


@attrs.frozen(kw_only=True)
class ResultBody:
    """What a realm elsewhere made of an intent: the plane rules on it and stores what is to be kept."""

    intent: CarriedOutBody = attrs.field(metadata=_said("The intent that was carried out."))
    realm: str = attrs.field(metadata=_said("The realm that made the result.", NAME))
    result: AnyObject = attrs.field(
        metadata=_said(
            "`{artifacts: {key: output}, events: [...]}`; an output is structured (`result_type`, `semantic_payload`, "
            "`renderings`, `derived_from`, `labels`) or flat, as older runtimes give it.",
            {"$ref": "#/components/schemas/RealmResult"},
        )
    )


@attrs.frozen(kw_only=True)
class LineageBody:
    """Where an artifact came from, said afterwards."""

    source_execution_id: str = attrs.field(metadata=_said("The execution it came from.", IDENTIFIER))
    source_intent: str = attrs.field(
        metadata=_said("The id of the intent which that execution carried out.", IDENTIFIER)
    )


@attrs.frozen(kw_only=True)
class PolicyTextBody:
    """A policy to be checked."""

    text: str = attrs.field(metadata=_said("The policy as YAML."))
    name: str | None = attrs.field(default=None, metadata=_said("What problems call the file.", FILE_NAME))
    governance: bool | None = attrs.field(default=None, metadata=_said("Whether it is the steward's governance."))


@attrs.frozen(kw_only=True)
class QuestionBody:
    """Something a policy is asked about; nothing is stored."""

    result_type: str = attrs.field(metadata=_said("The result type; `attachment` for an input file.", NAME))
    labels: tuple[str, ...] = attrs.field(
        default=(), metadata=_said("Labels it has.", {"items": {"type": "string", **NAME}})
    )
    bytes: float | None = attrs.field(
        default=None, metadata=_said("Its size.", {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER})
    )
    rendering: str | None = attrs.field(
        default=None, metadata=_said("Ask about this view of it; `semantic_payload` is the meaning.", NAME)
    )
    media_type: str | None = attrs.field(default=None, metadata=_said("The media type, as in `image/png`.", MEDIA_TYPE))
    realm: str | None = attrs.field(default=None, metadata=_said("The realm that made it.", NAME))
    intent_type: str | None = attrs.field(default=None, metadata=_said("The intent type it was made for.", NAME))
    solution_id: str = attrs.field(default=DEFAULT, metadata=_said("The solution whose policy is asked.", IDENTIFIER))
    regenerable: bool = attrs.field(default=False, metadata=_said("Whether it can be drawn again from the meaning."))
    explicit: bool = attrs.field(default=False, metadata=_said("Whether somebody asked for it explicitly."))
