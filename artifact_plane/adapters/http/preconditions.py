"""Entity tags and the conditions made of them (RFC 9110, sections 8.8.3 and 13), read in linear time.

An artifact's tag is made of its id and version, so that ``If-Match`` names the version that an update replaces; a
rendering's is its digest. Both are strong: a version and a digest never change what they stand for. What is no tag
matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from artifact_plane.adapters.http.problems import RequestProblem
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.rendering import Digest

ANY: Final = "*"
Tag: TypeAlias = str
"""An entity tag with its quotes, as it stands in a header."""

_MOST: Final = 64
"""Tags in one header that are looked at."""

_TAG: Final = re.compile(r'[ \t,]*+(W/)?("[\x21\x23-\x7e\x80-\xff]*+")[ \t]*+(?:,|$)')


def artifact_tag(artifact: Artifact) -> Tag:
    """The entity tag of one version of an artifact."""
    return version_tag(artifact.artifact_id, artifact.version)


def version_tag(artifact_id: str, version: int) -> Tag:
    """The entity tag of that version."""
    return f'"{artifact_id}@{version}"'


def content_tag(digest: Digest) -> Tag:
    """The entity tag of bytes with that digest."""
    return f'"{digest}"'


def not_modified(if_none_match: str | None, tag: Tag) -> bool:
    """Whether the caller has what ``tag`` stands for already; weak comparison, as the RFC says for this header."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == ANY or any(one == tag for _, one in _tags(if_none_match))


def check_current(if_match: str | None, tag: Tag) -> None:
    """Read on only where what ``tag`` stands for is what the caller means; strong comparison, as the RFC says.

    Raises:
        RequestProblem: 412.
    """
    if if_match is None or if_match.strip() == ANY or any(one == tag and not weak for weak, one in _tags(if_match)):
        return
    raise RequestProblem(
        412,
        "precondition_failed",
        "it is not what If-Match names",
        where="header If-Match",
        remedy="read it without the header, or with the ETag that it has now",
    )


def still_the_same(if_range: str | None, tag: Tag) -> bool:
    """Whether a range may be taken: there is no ``If-Range``, or it is ``tag``; a date never is."""
    return if_range is None or if_range.strip() == tag


def expected_versions(if_match: str | None, artifact_id: str) -> tuple[int, ...] | None:
    """The versions of the artifact that ``If-Match`` allows to be replaced, as given; None where any may be.

    Raises:
        RequestProblem: 428, for there is no such header.
    """
    if if_match is None or not if_match.strip():
        raise RequestProblem(
            428,
            "precondition_required",
            "an update must name the version that it replaces",
            where="header If-Match",
            remedy=f"read the artifact, and send its ETag as If-Match, for instance {version_tag(artifact_id, 1)}",
        )
    return named_versions(if_match, artifact_id)


def named_versions(if_match: str, artifact_id: str) -> tuple[int, ...] | None:
    """The versions of the artifact that ``If-Match`` names, as given; None where any is meant.

    Weak tags and tags of something else name none.
    """
    if if_match.strip() == ANY:
        return None
    return tuple(
        version for weak, tag in _tags(if_match) if not weak and (version := _version(tag, artifact_id)) is not None
    )


def precondition_failed(error: Conflict) -> RequestProblem:
    """The answer where another version is current than the caller thought (412)."""
    return RequestProblem(412, "precondition_failed", error.message, where=error.where, remedy=error.remedy)


def _version(tag: Tag, artifact_id: str) -> int | None:
    named, _, digits = tag[1:-1].rpartition("@")
    ours = named == artifact_id and digits.isascii() and digits.isdigit() and len(digits) < 16
    return int(digits) if ours else None


def _tags(header: str) -> Iterator[tuple[bool, Tag]]:
    """Each tag of a list, and whether it is weak, up to what is none."""
    position, count = 0, 0
    while position < len(header) and count < _MOST:
        found = _TAG.match(header, position)
        if found is None:
            return
        yield found[1] is not None, found[2]
        position, count = found.end(), count + 1
