"""What there is to know of the disk that a home lies on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.health import Finding, doubtful, failed, found

_COMPONENT: Final = "disk"
_SCARCE: Final = 1024**3
_TOO_LITTLE: Final = 64 * 1024**2


async def examine_disk(home: Path) -> tuple[Finding, ...]:
    """How much room there is, and whether this user may write.

    Raises:
        Unavailable: the place cannot be looked at.
    """
    return await asyncio.to_thread(_examine, _nearest(home))


def _nearest(home: Path) -> Path:
    """The home, or what it will be made in."""
    return next((one for one in (home, *home.parents) if one.exists()), Path("/"))


def _examine(folder: Path) -> tuple[Finding, ...]:
    try:
        facts = os.statvfs(folder)
    except OSError as error:
        raise Unavailable(
            f"the folder cannot be looked at ({error.strerror})", where=str(folder), remedy="choose another home"
        ) from error
    return _room(facts.f_bavail * facts.f_frsize), _writable(folder)


def _room(free: int) -> Finding:
    detail = f"{free / 1024**3:.1f} GiB free"
    if free < _TOO_LITTLE:
        return failed(_COMPONENT, "room", detail, "free some room: nothing can be stored on a full disk")
    if free < _SCARCE:
        return doubtful(_COMPONENT, "room", detail, "free some room before it is gone")
    return found(_COMPONENT, "room", detail)


def _writable(folder: Path) -> Finding:
    if os.access(folder, os.W_OK | os.X_OK):
        return found(_COMPONENT, "rights", "this user may write here")
    return failed(_COMPONENT, "rights", f"this user may not write to {folder}", "choose a home of this user's own")
