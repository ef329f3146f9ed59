"""Erasing: what a tombstone takes away, and what the end of an execution lets go of.

Every digest that loses a reference is left as an abandoned claim in the same commit, so that the sweep finds it. Each
release is a claim of its own: settling an earlier one never hides a later one.
"""

from __future__ import annotations

from collections.abc import Iterable

from artifact_plane.adapters.codec.tables import DELETED
from artifact_plane.adapters.sqlite.change_rows import ArtifactRows, ExecutionRows
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.known import Head, Run


def bury(write: ArtifactRows, head: Head, tenant: int, change_id: str, draft: Draft) -> None:
    """Make the current version a tombstone; the bodies and blob references of all versions go."""
    artifact = tenant, write.artifact_id
    digests = [digest for (digest,) in draft.now("digests_of_artifact", *artifact)]
    for name in ("erase_bodies", "forget_references_of_artifact", "bury_older_versions"):
        draft.now(name, *artifact)
    draft.now("bury_artifact", head.k, *artifact, write.version, DELETED, head.sequence, *write.values)
    draft.erased = True
    _leave_to_the_sweep(digests, tenant, change_id, draft)


def settle_attachments(
    write: ExecutionRows, before: Run | None, k: int, tenant: int, change_id: str, draft: Draft
) -> None:
    """Bring the references of an execution to those it still needs."""
    needed = set(write.kept)
    attached = before is not None and before.attached
    found = {(digest, part) for digest, part in draft.now("attachments_of_execution", k)} if attached else set()
    for digest, part in needed - found:
        draft.add("add_reference", (tenant, digest, k, part))
    for digest, part in found - needed:
        draft.now("forget_reference", tenant, digest, k, part)
    dropped = {digest for digest, _ in found - needed}
    if before is None:  # accepted and ended at once: what it does not keep was put, and never referred to
        dropped |= write.put - {digest for digest, _ in needed}
    _leave_to_the_sweep(dropped, tenant, change_id, draft)


def _leave_to_the_sweep(digests: Iterable[str], tenant: int, change_id: str, draft: Draft) -> None:
    for digest in digests:
        draft.now("add_released_claim", tenant, digest, f"released:{change_id}:{digest}")
