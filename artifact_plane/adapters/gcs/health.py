"""What there is to know of the bucket: whether it is there, and whether it enforces what the store relies on."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.gcs import conformance
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.ports.clock import IdSource
from artifact_plane.ports.health import Finding, doubtful, failed, found

_COMPONENT: Final = "gcs"
_USE_ANOTHER: Final = "use another bucket or service; [gcs] unsafe_bucket = true is for emulators in tests"
_TRIAL: Final = "never keep anything here that matters: unsafe_bucket is set"


async def examine_gcs(settings: GcsSettings, ids: IdSource) -> tuple[Finding, ...]:
    """Try everything that the store relies on; small objects of its own are made and removed.

    Raises:
        Unavailable: there are no credentials, the bucket is not there, does not answer or may not be used.
    """
    tried = await conformance.check(settings, ids=ids)
    reached = found(_COMPONENT, "reachable", "it may be read, written and listed")
    return reached, *(_finding(one, settings.unsafe_bucket) for one in tried.findings)


def _finding(tried: conformance.Finding, unsafe: bool) -> Finding:
    if tried.enforced:
        return found(_COMPONENT, tried.name, "enforced")
    detail = f"not enforced: {tried.meaning}"
    if unsafe:
        return doubtful(_COMPONENT, tried.name, detail, _TRIAL)
    return failed(_COMPONENT, tried.name, detail, _USE_ANOTHER)
