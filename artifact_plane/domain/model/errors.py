"""Every error a caller can meet, as one tree.

::

    ArtifactPlaneError            code                exit
    ├── InvalidInput              invalid_input        2    what was given cannot be accepted
    │   ├── InvalidJson           invalid_json         2    not a JSON document that the plane stores
    │   ├── InvalidPolicy         invalid_policy       2    a policy that does not load
    │   └── UnsupportedRendering  unsupported_rendering 2   no renderer can draw it here
    ├── NotFound                  not_found            3    not there, or not yours: the same answer
    │   └── Gone                  gone                 3    deleted, or dropped and not renderable again
    ├── Conflict                  conflict             4    another content, version or holder was first
    │   └── LineageCycle          lineage_cycle        4    an edge that would close a cycle
    ├── Refused                   refused              5    the steward's governance forbids it
    ├── Damaged                   damaged              6    bytes do not match their digest
    ├── Unavailable               unavailable          7    a store does not answer, is full or is locked
    ├── ExecutionFailed           execution_failed     8    a realm, a renderer or a put failed in a run
    └── NotPermitted              not_permitted        9    a service knows no such caller, or it may not do this

Each error is a sentence (``message``), says where (``where``) and what to do (``remedy``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import attrs


class ArtifactPlaneError(Exception):
    """The root: whatever the plane raises on purpose is one of these."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.message) if part)


class InvalidInput(ArtifactPlaneError):
    """What was given cannot be accepted; nothing was done."""

    code = "invalid_input"
    exit_code = 2


class InvalidJson(InvalidInput):
    """Not a JSON document that the plane stores (duplicate key, NaN, depth, size, lone surrogate …)."""

    code = "invalid_json"


class UnsupportedRendering(InvalidInput):
    """No renderer here can draw what was asked for; the remedy names what can, or what to install."""

    code = "unsupported_rendering"


@attrs.frozen(kw_only=True)
class PolicyProblem:
    """One thing wrong in a policy, at its place (line and column count from 1; 0 where there is no file)."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class InvalidPolicy(InvalidInput):
    """A policy that does not load; ``problems`` holds everything found, in file order."""

    code = "invalid_policy"

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(map(str, self.problems)),
            remedy="correct the policy and check it with `ap policy check FILE`",
        )


class NotFound(ArtifactPlaneError):
    """Not there, or not this tenant's: one answer for both (law 16)."""

    code = "not_found"
    exit_code = 3


class Gone(NotFound):
    """It was there: deleted (a tombstone remains), or dropped and not to be drawn again."""

    code = "gone"


class Conflict(ArtifactPlaneError):
    """Another content under the same id, another version, or another holder was first."""

    code = "conflict"
    exit_code = 4


class LineageCycle(Conflict):
    """The edge would make something its own origin; the message names the cycle (law 20)."""

    code = "lineage_cycle"


class Refused(ArtifactPlaneError):
    """The steward's governance forbids it."""

    code = "refused"
    exit_code = 5


class Damaged(ArtifactPlaneError):
    """Stored bytes do not match their digest, or a store's file is corrupt: never an answer (law 15)."""

    code = "damaged"
    exit_code = 6


class Unavailable(ArtifactPlaneError):
    """A store does not answer, is full, is locked past its budget or may not be written.

    ``retryable`` is true where the same call may go through later without anyone's help.
    """

    code = "unavailable"
    exit_code = 7

    def __init__(
        self, message: str, *, where: str | None = None, remedy: str | None = None, retryable: bool = True
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.retryable = retryable


class ExecutionFailed(ArtifactPlaneError):
    """A realm, a renderer or a store failed while an intent was executed."""

    code = "execution_failed"
    exit_code = 8


class NotPermitted(ArtifactPlaneError):
    """A service does not know the caller's credential, or it is not one that may do this: another one may."""

    code = "not_permitted"
    exit_code = 9
