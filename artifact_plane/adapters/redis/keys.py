"""The names under which Redis keeps things; ids hold no colon and no brace, so no two names collide (law 16).

::

    artifact:{<tenant>:<artifact>}:<version>:<part>   an entry: one cached part, with its time to live
    artifact:{<tenant>:<artifact>}                    sorted set: <version>:<part> of its entries, by expiry
    session:{<tenant>:<session>}                      sorted set: <artifact>:<version>:<part> kept for it, by expiry

The braces are a cluster's hash tag: what belongs to one artifact lies in one slot, so that an entry is asked for
together with the index that must name it. Artifacts spread over the cluster, also those of one tenant.
"""

from __future__ import annotations

from artifact_plane.ports.working_memory import MemoryKey


def artifact_index(tenant_id: str, artifact_id: str) -> str:
    """The index of an artifact's entries."""
    return f"artifact:{{{tenant_id}:{artifact_id}}}"


def session_index(tenant_id: str, session_id: str) -> str:
    """The index of what is kept for a session."""
    return f"session:{{{tenant_id}:{session_id}}}"


def entry(key: MemoryKey) -> str:
    """One cached part."""
    return f"{artifact_index(key.tenant_id, key.artifact_id)}:{in_artifact(key)}"


def in_artifact(key: MemoryKey) -> str:
    """What the artifact's index calls an entry."""
    return f"{key.version}:{key.part}"


def in_session(key: MemoryKey) -> str:
    """What a session's index calls an entry."""
    return f"{key.artifact_id}:{in_artifact(key)}"


def of_artifact(tenant_id: str, artifact_id: str, member: bytes) -> MemoryKey | None:
    """The entry that a member of an artifact's index names; None where it is none of ours."""
    return of_session(tenant_id, b"%s:%s" % (artifact_id.encode(), member))


def of_session(tenant_id: str, member: bytes) -> MemoryKey | None:
    """The entry that a member of a session's index names; None where it is none of ours."""
    artifact_id, _, rest = member.decode("ascii", "replace").partition(":")
    version, _, part = rest.partition(":")
    if not (version.isascii() and version.isdigit()):
        return None
    return MemoryKey(tenant_id=tenant_id, artifact_id=artifact_id, version=int(version), part=part)
