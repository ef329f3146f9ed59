"""Copying a plane to other stores: how far it has come, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeAlias

import attrs


class CopyStage(Enum):
    """COPYING puts payloads and records into the target; VERIFYING reads both sides again and compares them."""

    COPYING = "copying"
    VERIFYING = "verifying"


@attrs.frozen(kw_only=True)
class CopyProgress:
    """``done`` and ``total`` are positions of the ledger; payloads and their bytes are those put so far."""

    stage: CopyStage
    done: int
    total: int
    payloads: int = 0
    payload_bytes: int = 0


CopyWatcher: TypeAlias = Callable[[CopyProgress], None]


@attrs.frozen(kw_only=True)
class CopyReport:
    """What was copied, and verified to be the same on both sides.

    ``position`` is where the ledger stands now, ``resumed_from`` the position at which the target stood before.
    ``payloads`` were put by this call, ``payload_bytes`` in all. ``counts`` says how many there are of each kind.
    """

    position: int
    resumed_from: int
    payloads: int
    payload_bytes: int
    counts: Mapping[str, int]
