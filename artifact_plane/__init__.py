"""The Artifact Plane: what a workflow or agent runtime produces, kept by policy, stored safely, explained.

This is the whole public face; names are loaded when they are first used. Authors of realms, renderers and
adapters import from ``artifact_plane.ports`` and ``artifact_plane.domain.model`` besides.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_plane.adapters.codec.legacy import realm_result_of as realm_result_of
    from artifact_plane.adapters.filesystem.byte_source import FileSource as FileSource
    from artifact_plane.composition.bootstrap import open_application as open_application
    from artifact_plane.composition.connecting import connect as connect
    from artifact_plane.domain.model.artifact import Artifact as Artifact
    from artifact_plane.domain.model.artifact import ArtifactFilter as ArtifactFilter
    from artifact_plane.domain.model.artifact import ArtifactRef as ArtifactRef
    from artifact_plane.domain.model.decision import MaterializationDecision as MaterializationDecision
    from artifact_plane.domain.model.decision import Ruling as Ruling
    from artifact_plane.domain.model.decision import Subject as Subject
    from artifact_plane.domain.model.errors import ArtifactPlaneError as ArtifactPlaneError
    from artifact_plane.domain.model.errors import Conflict as Conflict
    from artifact_plane.domain.model.errors import Damaged as Damaged
    from artifact_plane.domain.model.errors import Gone as Gone
    from artifact_plane.domain.model.errors import InvalidInput as InvalidInput
    from artifact_plane.domain.model.errors import NotFound as NotFound
    from artifact_plane.domain.model.errors import NotPermitted as NotPermitted
    from artifact_plane.domain.model.errors import Refused as Refused
    from artifact_plane.domain.model.errors import Unavailable as Unavailable
    from artifact_plane.domain.model.intent import ExecutionContext as ExecutionContext
    from artifact_plane.domain.model.intent import Intent as Intent
    from artifact_plane.domain.model.lineage import Bounds as Bounds
    from artifact_plane.domain.model.rendering import BytesSource as BytesSource
    from artifact_plane.domain.model.rendering import Renderable as Renderable
    from artifact_plane.domain.model.rendering import Rendered as Rendered
    from artifact_plane.domain.model.result import Output as Output
    from artifact_plane.domain.model.result import RealmResult as RealmResult
    from artifact_plane.ports.answers import Payload as Payload
    from artifact_plane.ports.application import Application as Application
    from artifact_plane.ports.realm import ArtifactReader as ArtifactReader
    from artifact_plane.ports.realm import Realm as Realm
    from artifact_plane.ports.realm import RefusedInput as RefusedInput
    from artifact_plane.ports.renderer import Renderer as Renderer

_HOMES = {
    "adapters.codec.legacy": ("realm_result_of",),
    "adapters.filesystem.byte_source": ("FileSource",),
    "composition.bootstrap": ("open_application",),
    "composition.connecting": ("connect",),
    "domain.model.artifact": ("Artifact", "ArtifactFilter", "ArtifactRef"),
    "domain.model.decision": ("MaterializationDecision", "Ruling", "Subject"),
    "domain.model.errors": (
        "ArtifactPlaneError",
        "Conflict",
        "Damaged",
        "Gone",
        "InvalidInput",
        "NotFound",
        "NotPermitted",
        "Refused",
        "Unavailable",
    ),
    "domain.model.intent": ("ExecutionContext", "Intent"),
    "domain.model.lineage": ("Bounds",),
    "domain.model.rendering": ("BytesSource", "Renderable", "Rendered"),
    "domain.model.result": ("Output", "RealmResult"),
    "ports.answers": ("Payload",),
    "ports.application": ("Application",),
    "ports.realm": ("ArtifactReader", "Realm", "RefusedInput"),
    "ports.renderer": ("Renderer",),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
