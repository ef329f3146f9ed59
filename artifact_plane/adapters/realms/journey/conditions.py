"""Reads conditions and jumps out of a step's sentences: ``If it is incomplete, go to step 4; otherwise …``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from artifact_plane.adapters.realms.prose import one_line

OTHERWISE: Final = "otherwise"
"""The condition of what is left over."""

ALWAYS: Final = "always"
"""The condition under which a process ends at a step that nothing follows."""

_MAX_CONDITION: Final = 160

_SENTENCE_END: Final = re.compile(r"(?<=[.;!?])\s+|,?\s+(?=(?:otherwise\b|or else\b|if not\s*[,:→]))", re.IGNORECASE)
_JUMP: Final = re.compile(
    r"(?:\b(?:go|goes|return|returns|continue|continues|proceed|proceeds|skip|skips|jump|jumps|move|moves|resume|"
    r"restart|repeat|repeats)\b(?:\s+(?:back|on|ahead|directly|straight|forward|again|to|at|with|from|the)){0,4}"
    r"|→|->|=>)\s*\bstep\s+(\d{1,9}(?:\.\d{1,9}){0,8})",
    re.IGNORECASE,
)
_END: Final = re.compile(
    r"\b(?:end|ends|stop|stops|finish|leave|abort|quit)\s+(?:the\s+|this\s+)?(?:process|procedure|workflow|here)\W*$"
    r"|\b(?:process|procedure|workflow)\s+(?:ends|stops|is\s+over|is\s+finished)\b|^\W*(?:stop|end)\W*$",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"\W*(if|unless|in case(?: of)?|in the event(?: of| that)?)\s+(?=\S)", re.IGNORECASE)
_OTHERWISE: Final = re.compile(
    r"\W*(?:(?:otherwise|or else|else|in all other cases)\b|if not\s*(?=[,:→]))[\s,:→–-]*", re.IGNORECASE
)
_ANSWER: Final = re.compile(r"\W*(?:if\s+)?(yes|no)\b\s*[,:→–-]+\s*", re.IGNORECASE)
_CONDITION_END: Final = re.compile(r",\s|\)|,?\s+then\b|:\s|\s*(?:→|->|=>|–|—)\s*|$", re.IGNORECASE)
_TRAILING: Final = re.compile(r"\s*,?\s*\b(if|unless|in case(?: of)?)\s+(.+)$", re.IGNORECASE)
_DECIDING: Final = re.compile(r"\W*(?:decide\s+(?:whether|if|which|how)\b|decision\b\s*[:–-])", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Way:
    """How it goes on. ``condition`` None means in any case, ``jump`` is the number of the step it goes to."""

    condition: str | None
    jump: str | None = None
    ends: bool = False

    @property
    def leads_away(self) -> bool:
        """Whether it goes elsewhere than to what is written next."""
        return self.ends or self.jump is not None


def is_conditional(text: str) -> bool:
    """Whether the step as a whole is a decision: it begins with a condition, or says that something is decided."""
    return bool(_OPENING.match(text) or _DECIDING.match(text))


def ways(text: str, details: Iterable[str]) -> tuple[Way, ...]:
    """The ways out of a step, in the order of its text; a plain sentence is none.

    A condition among the details counts only where it leads away: others are hints on how to do the step.
    """
    found = list(_ways_in(text))
    for detail in details:
        found += [way for way in _ways_in(detail) if way.leads_away]
    return tuple(found)


def _ways_in(text: str) -> Iterator[Way]:
    for sentence in _SENTENCE_END.split(text):
        way = _way(sentence)
        if way is not None:
            yield way


def _way(sentence: str) -> Way | None:
    jump = _JUMP.search(sentence)
    condition = _condition(sentence, jump)
    ends = _END.search(_action(sentence)) is not None
    if condition is None and jump is None and not ends:
        return None
    return Way(condition=condition, jump=jump[1] if jump else None, ends=ends and jump is None)


def _condition(sentence: str, jump: re.Match[str] | None) -> str | None:
    if _OTHERWISE.match(sentence):
        return OTHERWISE
    answer = _ANSWER.match(sentence)
    if answer:
        return answer[1].lower()
    opening = _OPENING.match(sentence)
    if opening:
        return _named(opening[1], sentence[opening.end() : _condition_end(sentence, opening.end(), jump)])
    trailing = _TRAILING.match(sentence, jump.end()) if jump else None
    return _named(trailing[1], trailing[2]) if trailing else None


def _condition_end(sentence: str, start: int, jump: re.Match[str] | None) -> int:
    """Where the condition ends: at a comma, a colon, an arrow or ``then``, or else where the jump begins."""
    end = _CONDITION_END.search(sentence, start)
    at = end.start() if end else len(sentence)
    return min(at, jump.start()) if jump else at


def _named(word: str, rest: str) -> str:
    """The condition as it is shown; ``unless`` is kept, since it turns the meaning round."""
    text = f"unless {rest}" if word.lower() == "unless" else rest
    return one_line(text.strip(" ,.;:!?"), _MAX_CONDITION)


def _action(sentence: str) -> str:
    """The sentence without its condition, so that ``If the process ends early, …`` does not end it."""
    opening = _OTHERWISE.match(sentence) or _ANSWER.match(sentence)
    if opening:
        return sentence[opening.end() :]
    conditional = _OPENING.match(sentence)
    return sentence[_condition_end(sentence, conditional.end(), None) :].lstrip(" ,:") if conditional else sentence
