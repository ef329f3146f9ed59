"""Health: what a look at each component found, for ``ap doctor`` and the service's ``/readyz``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeAlias

import attrs


class Condition(Enum):
    """FAILED means that the plane cannot be relied on; WARNING that something deserves a look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that was looked at. ``detail`` is what was found; ``remedy`` what to do where it is not well.

    Holds no secret, and no address with one in it.
    """

    component: str
    subject: str
    condition: Condition
    detail: str
    remedy: str | None = None


def found(component: str, subject: str, detail: str) -> Finding:
    """Something that is as it should be."""
    return Finding(component=component, subject=subject, condition=Condition.OK, detail=detail)


def failed(component: str, subject: str, detail: str, remedy: str) -> Finding:
    """Something that is not as the plane needs it."""
    return Finding(component=component, subject=subject, condition=Condition.FAILED, detail=detail, remedy=remedy)


def doubtful(component: str, subject: str, detail: str, remedy: str) -> Finding:
    """Something that works and deserves a look."""
    return Finding(component=component, subject=subject, condition=Condition.WARNING, detail=detail, remedy=remedy)


def waiting(component: str, pending: int, set_aside: int) -> Finding:
    """What the outbox holds."""
    detail = f"{pending:,} wait for delivery, {set_aside:,} were set aside"
    if set_aside:
        return doubtful(component, "events", detail, "see why with `ap events`, and have them delivered once more")
    return found(component, "events", detail)


Examination: TypeAlias = Callable[[], Awaitable[tuple[Finding, ...]]]
"""Looks at one component. It answers within seconds whatever is wrong, and raises ArtifactPlaneError where it cannot
even look; whoever asks makes that a finding."""
