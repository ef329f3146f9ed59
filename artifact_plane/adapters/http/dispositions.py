"""``Content-Disposition`` (RFC 6266): a name that is safe in any browser and on any disk (case A11)."""

from __future__ import annotations

import mimetypes
import unicodedata
from typing import Final
from urllib.parse import quote

from artifact_plane.domain.model.artifact import Artifact, Part
from artifact_plane.domain.model.rendering import SEMANTIC_PART

INLINE: Final = "inline"
ATTACHMENT: Final = "attachment"

SAFE_INLINE: Final = frozenset(
    {
        "application/json",
        "application/pdf",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)
"""What a browser shows without running anything of it. HTML and SVG are not among them, whatever the policy says."""

_LONGEST: Final = 120
_FORBIDDEN: Final = frozenset('"\\/:*?<>|%;')
_SUFFIXES: Final = {"text/markdown": ".md", "application/yaml": ".yaml", "application/xml": ".xml"}


def disposition(kind: str, name: str) -> str:
    """The header for a download called ``name``: plain ASCII for the old, UTF-8 in percent form for the rest."""
    clean = safe_name(name)
    plain = clean.encode("ascii", "replace").decode().replace("?", "_")
    header = f'{kind}; filename="{plain}"'
    return header if plain == clean else f"{header}; filename*=UTF-8''{quote(clean, safe='')}"


def safe_name(name: str) -> str:
    """``name`` without what a header, a file system or a reader could be fooled by; never empty, never hidden."""
    kept = "".join(
        "_" if one in _FORBIDDEN or (unicodedata.category(one)[0] in "CZ" and one != " ") else one
        for one in unicodedata.normalize("NFC", name)
    )
    return kept.strip(" .")[:_LONGEST].rstrip(" .") or "download"


def file_name(artifact: Artifact, part: Part) -> str:
    """What a part is called when it is saved: artifact, part, and the suffix of its type."""
    stem = artifact.artifact_id if part.name == SEMANTIC_PART else f"{artifact.artifact_id}-{part.name}"
    suffix = suffix_of(part.media_type)
    return stem if part.name.endswith(suffix) else stem + suffix


def suffix_of(media_type: str) -> str:
    """The suffix for files of that type, the same on every machine; empty where none is known."""
    plain = media_type.partition(";")[0].strip().lower()
    return _SUFFIXES.get(plain) or mimetypes.MimeTypes(filenames=()).guess_extension(plain) or ""
