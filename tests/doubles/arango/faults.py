"""What can go wrong with a server, on request."""

from __future__ import annotations

from enum import Enum

import attrs


class Kind(Enum):
    """How a reply goes wrong."""

    CODE = "code"
    """The server answers with an error and does nothing."""
    SLOW = "slow"
    """The reply comes late."""
    CUT = "cut"
    """The reply's body ends before its length is reached; the work is done."""
    LOST = "lost"
    """The connection breaks instead of a reply; the work is done."""
    GARBLED = "garbled"
    """The reply is a page of a proxy, and no JSON; the work is done."""


@attrs.define(kw_only=True)
class Fault:
    """Happens to the next ``times`` requests of that name (all where none is given)."""

    kind: Kind
    request: str | None = None
    times: int = 1_000_000
    seconds: float = 0.0
    status: int = 503
    code: int = 503
    holding: str = ""

    def concerns(self, request: str, text: str) -> bool:
        """Whether it happens to this request, whose body is ``text``; counts it if so."""
        if self.times <= 0 or self.request not in (None, request) or self.holding not in text:
            return False
        self.times -= 1
        return True


def answers(status: int, code: int, *, request: str | None = None, times: int = 1_000_000, holding: str = "") -> Fault:
    """The server answers with this error; only where the request's body holds ``holding``."""
    return Fault(kind=Kind.CODE, status=status, code=code, request=request, times=times, holding=holding)


def slow(seconds: float, *, request: str | None = None, times: int = 1_000_000) -> Fault:
    """The server takes its time."""
    return Fault(kind=Kind.SLOW, seconds=seconds, request=request, times=times)


def broken(kind: Kind, *, request: str | None = None) -> Fault:
    """One reply is cut, lost or garbled."""
    return Fault(kind=kind, request=request, times=1)
