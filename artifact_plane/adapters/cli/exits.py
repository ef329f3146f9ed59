"""Exit codes: one table for every command (DESIGN section 8)."""

from __future__ import annotations

from typing import Final

from artifact_plane.domain.model.errors import ArtifactPlaneError, ExecutionFailed, InvalidInput, InvalidJson
from artifact_plane.domain.model.execution import Execution, ExecutionState

OK: Final = 0
BUG: Final = 1
INVALID: Final = InvalidInput.exit_code
FAILED: Final = ExecutionFailed.exit_code
INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it: 128 and the signal's number."""
UNREAD: Final = 141
"""Whoever read the output has gone, as shells count it."""

_REFUSED_INPUT: Final = frozenset({InvalidInput.code, InvalidJson.code})


def of_error(error: ArtifactPlaneError) -> int:
    """The error tree carries its own codes: 2 to 9."""
    return error.exit_code


def of_execution(execution: Execution) -> int:
    """0 when it completed; 2 when a realm refused what it was given; 8 when it failed otherwise or was cancelled."""
    if execution.state is ExecutionState.COMPLETED:
        return OK
    if execution.failure is not None and execution.failure.code in _REFUSED_INPUT:
        return INVALID
    return FAILED
