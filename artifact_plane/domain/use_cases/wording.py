"""Words that other people's code brings, made fit for a record: text, of a bounded length, whatever was given."""

from __future__ import annotations

import re
from typing import Final

from artifact_plane.domain.model.errors import ArtifactPlaneError
from artifact_plane.domain.model.execution import Failure

MOST_WORDS: Final = 2_000
"""Characters: more of an exception's text is not kept."""

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
"""What no store and no JSON document takes: NUL, and halves of characters (a file name that is not UTF-8 has them)."""


def words_of(said: object) -> str:
    """What an exception, or whatever else was given for words, says; its type where it has no words at all.

    Never raises. What does not fit is replaced, and what is too long is cut.
    """
    try:
        words = str.__str__(str(said))
    except Exception:  # noqa: BLE001 - its words are other people's code, too (law 23)
        words = f"{type(said).__name__}, which has no words"
    shown = words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS]}…"
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", shown)


def reworded(error: ArtifactPlaneError) -> ArtifactPlaneError:
    """The same error, all that it says made fit."""
    error.message = words_of(error.message)
    error.where = None if error.where is None else words_of(error.where)
    error.remedy = None if error.remedy is None else words_of(error.remedy)
    return error


def failure_of(error: ArtifactPlaneError) -> Failure:
    """What is kept of an error as a run's cause of failure."""
    told = reworded(error)
    return Failure(code=words_of(told.code), message=told.message, where=told.where, remedy=told.remedy)
