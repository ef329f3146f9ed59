"""An intent: what is asked of a realm; and the context in which it is carried out."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from artifact_plane.domain.model.identity import check_name, identifier, name
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import ByteSource


def _attachment_names(
    instance: object, attribute: attrs.Attribute[Mapping[str, ByteSource]], value: Mapping[str, ByteSource]
) -> None:
    for attachment in value:
        check_name("attachment name", attachment)


@attrs.frozen(kw_only=True)
class Intent:
    """What is asked: the type finds the realm, parameters and attachments (named input files) say the rest.

    ``intent_id`` makes asking twice one thing: the same id and content is the same intent (law 17).
    """

    intent_id: str = attrs.field(validator=identifier("intent id"))
    intent_type: str = attrs.field(validator=name("intent type"))
    tenant_id: str = attrs.field(validator=identifier("tenant id"))
    session_id: str = attrs.field(validator=identifier("session id"))
    solution_id: str = attrs.field(validator=identifier("solution id"))
    parameters: JsonObject = attrs.field(factory=dict)
    attachments: Mapping[str, ByteSource] = attrs.field(factory=dict, validator=_attachment_names)


@attrs.frozen(kw_only=True)
class ExecutionContext:
    """Where and under what a thing is done: it becomes part of every record made in it.

    A caller who creates an artifact outside a run leaves out what it does not have: ``execution_id``,
    ``intent_id``, ``intent_type`` and ``realm`` are then None.
    """

    tenant_id: str = attrs.field(validator=identifier("tenant id"))
    session_id: str = attrs.field(default="default", validator=identifier("session id"))
    solution_id: str = attrs.field(default="default", validator=identifier("solution id"))
    execution_id: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(identifier("execution id"))
    )
    intent_id: str | None = attrs.field(default=None, validator=attrs.validators.optional(identifier("intent id")))
    intent_type: str | None = attrs.field(default=None, validator=attrs.validators.optional(name("intent type")))
    realm: str | None = attrs.field(default=None, validator=attrs.validators.optional(name("realm")))
    policy_digest: str | None = None
