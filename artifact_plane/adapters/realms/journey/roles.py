"""Finds out who does a step, from the ways in which procedures say so.

In this order: a line that names the role (``Role: Claims handler``), a role before a colon (``**Claims handler:**
register the claim``), a role in brackets, a role as the subject (``The claims handler checks …``), a heading
about a role (``Steps for Deputy``) or a label beneath it. A phrase counts as a role where the document declares it,
or where it ends in one of the words that name people and teams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.markdown import Document, Prose
from artifact_plane.adapters.realms.prose import MAX_NAME, one_line

_ROLE_WORDS: Final = re.compile(
    r"accountant|adjudicator|adjuster|administrator|advisor|agency|agent|analyst|applicant|approver|architect|"
    r"assessor|assistant|auditor|author|board|broker|buyer|carrier|cashier|center|centre|chair|claimant|clerk|"
    r"client|commander|committee|controller|coordinator|customer|dba|department|deputy|designer|desk|developer|"
    r"director|dispatcher|division|doctor|driver|editor|employee|engineer|examiner|executive|expert|facilitator|"
    r"finance|foreman|handler|helpdesk|inspector|instructor|investigator|lawyer|lead|leader|liaison|librarian|"
    r"maintainer|manager|nurse|office|officer|operator|owner|participant|partner|patient|payroll|pharmacist|"
    r"planner|policyholder|procurement|programmer|purchaser|receptionist|recruiter|representative|requester|"
    r"requestor|responder|reviewer|sales|salesperson|scheduler|scribe|secretary|seller|specialist|sponsor|staff|"
    r"steward|supervisor|supplier|support|surveyor|system|teacher|team|technician|teller|tester|trainer|"
    r"treasurer|underwriter|unit|user|vendor|worker|writer"
)
_LABEL: Final = re.compile(
    r"[-*•\s]*(?:role|owner|actor|who|responsible(?: party| role| person)?|(?:performed|done) by"
    r"|(?:assigned|delegated?) to)"
    r"\s*[:=–—-]\s*(\S[^.;]*)[.;]?$",
    re.IGNORECASE,
)
_NO_ROLE_BEGINS: Final = re.compile(
    r"appoint|ask|assemble|assign|build|call|choose|contact|designate|email|find|form|get|help|inform|invite|"
    r"involve|let|meet|notify|page|pick|select|tell|thank"
)
_NO_ROLE_HOLDS: Final = re.compile(r"at|by|for|from|if|in|on|the|to|when|with|your")
_BRACKETS: Final = (re.compile(r"[(\[]([^()\[\]]{2,60})[)\]]"), re.compile(r".*[(\[]([^()\[\]]{2,60})[)\]][.;]?$"))
_PREFIX: Final = re.compile(r"([^:.;!?]{2,60}?)\s*:\s+(?=\S)")
_SUBJECT: Final = re.compile(r"(?:(the|an?)\s+)?((?:[\w'-]+\s+){1,5})", re.IGNORECASE)
_VERB: Final = re.compile(r"(?:must|should|shall|will|may|can|has|have|is|are|then|also|[a-z]{2,}s)$")
_HEADINGS: Final = (
    re.compile(
        r"(?:steps|tasks|duties|responsibilities|instructions|checklist|actions)\s+(?:for|of)\s+(?:the\s+)?(.+)$", re.I
    ),
    re.compile(r"(?:role|owner|actor)\s*[:–—-]\s*(.+)$", re.I),
)
_HEADING_TAIL: Final = re.compile(
    r"(.+?)(?:'s|’s)?\s+(?:steps|tasks|duties|responsibilities|instructions|checklist|actions)$", re.I
)
_DECLARING: Final = re.compile(
    r"[\d.\s]*(?:roles(?:\s+(?:and|&)\s+responsibilities)?|responsibilities|participants|actors|who does what)\W*",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"(?:the|an?)\s+", re.IGNORECASE)
_NUMBERING: Final = re.compile(r"[\d.]+\s*")
_LIST_OF_WORDS: Final = 5


@attrs.frozen
class Found:
    """The role found for a step, None where there is none, and the lines of its text without the label or prefix."""

    role: str | None
    lines: tuple[str, ...]


class Roles:
    """The roles of one document: those it declares, and whatever its steps show."""

    def __init__(self, document: Document) -> None:
        self._named: dict[str, str] = {}
        self.declared = tuple(dict.fromkeys(self._spelled(role) for role in _declarations(document)))
        self._by_heading: dict[tuple[str, ...], str | None] = {}
        for _, heading in document.headings:
            self._in_heading(heading)
        for headings, prose in document.loose:
            self._take_section_label(headings, prose)

    def _take_section_label(self, headings: tuple[str, ...], prose: Prose) -> None:
        """A line above the steps of a section that names the role for all of them."""
        labels = (match[1] for line in prose.lines if (match := _LABEL.match(line)))
        role = next((self._spelled(name) for name in labels if _tidy(name)), None)
        if role is not None:
            self._by_heading.setdefault(headings, role)

    def of(self, prose: Prose, details: Sequence[Prose], headings: tuple[str, ...]) -> Found:
        """Who does the step that ``prose`` tells, with ``details`` beneath it and ``headings`` above."""
        labelled = self._labelled(prose, details)
        if labelled is not None:
            return labelled
        prefixed = self._prefixed(prose)
        if prefixed is not None:
            return prefixed
        bracketed = self._bracketed(prose)
        if bracketed is not None:
            return bracketed
        return Found(self._subject(prose.text) or self._heading(headings), prose.lines)

    def _labelled(self, prose: Prose, details: Sequence[Prose]) -> Found | None:
        for line in (*prose.lines, *(line for detail in details for line in detail.lines)):
            match = _LABEL.match(line)
            if match and (name := _tidy(match[1])):
                rest = tuple(other for other in prose.lines if other is not line)
                return Found(self._spelled(name), rest)
        return None

    def _prefixed(self, prose: Prose) -> Found | None:
        match = _PREFIX.match(prose.lines[0]) if prose.lines else None
        if match is None or not self._is_role(match[1]):
            return None
        rest = prose.lines[0][match.end() :]
        return Found(self._spelled(match[1]), (rest, *prose.lines[1:]))

    def _bracketed(self, prose: Prose) -> Found | None:
        text = prose.text
        for pattern in _BRACKETS:
            match = pattern.match(text)
            if match and self._is_role(match[1]):
                rest = text[: match.start(1) - 1] + text[match.end(1) + 1 :]
                return Found(self._spelled(match[1]), (rest.strip(),))
        return None

    def _subject(self, text: str) -> str | None:
        match = _SUBJECT.match(text)
        if match is None:
            return None
        words = text[match.start(2) :].split(maxsplit=_LIST_OF_WORDS)[:_LIST_OF_WORDS]
        for count in range(1, len(words)):
            phrase = " ".join(words[:count])
            known = self._is_role(phrase) if match[1] else _key(phrase) in self._named
            if known and _VERB.match(words[count]):
                return self._spelled(phrase)
        return None

    def _heading(self, headings: tuple[str, ...]) -> str | None:
        if headings not in self._by_heading:
            roles = (self._in_heading(heading) for heading in reversed(headings))
            self._by_heading[headings] = next((role for role in roles if role), None)
        return self._by_heading[headings]

    def _in_heading(self, heading: str) -> str | None:
        plain = _NUMBERING.sub("", heading, count=1) if heading[:1].isdigit() else heading
        for pattern in _HEADINGS:
            match = pattern.match(plain)
            if match and (self._is_role(match[1]) or _is_title(match[1])):
                return self._spelled(match[1])
        tail = _HEADING_TAIL.match(plain)
        phrase = tail[1] if tail else plain
        return self._spelled(phrase) if self._is_role(phrase) else None

    def _is_role(self, phrase: str) -> bool:
        words = _key(phrase).split()
        if not words or len(words) >= _LIST_OF_WORDS:
            return False
        if " ".join(words) in self._named:
            return True
        if _NO_ROLE_BEGINS.fullmatch(words[0]) or any(map(_NO_ROLE_HOLDS.fullmatch, words)):
            return False
        return _ROLE_WORDS.fullmatch(words[-1]) is not None

    def _spelled(self, phrase: str) -> str:
        """The role as it was first written, so that one role has one name."""
        name = _tidy(phrase)
        return self._named.setdefault(_key(name), name[:1].upper() + name[1:])


def _declarations(document: Document) -> Iterable[str]:
    """What the bullets of a section about roles begin with."""
    for headings, prose in document.loose:
        if not headings or not prose.lines or not _DECLARING.fullmatch(headings[-1]):
            continue
        name = prose.lead or re.split(r"\s*[:–—]\s+|\s+-\s+", prose.text, maxsplit=1)[0]
        if 0 < len(_key(name).split()) < _LIST_OF_WORDS and name != prose.text:
            yield name


def _is_title(phrase: str) -> bool:
    """Whether it is written as a name is: a few words, each with a capital, the first no ``…ing``."""
    words = phrase.split()
    return len(words) < _LIST_OF_WORDS and phrase.istitle() and not words[0].endswith("ing")


def _tidy(phrase: str) -> str:
    bare = one_line(phrase, MAX_NAME).strip("*_`:–—- .,")
    return _ARTICLE.sub("", bare, count=1) if _ARTICLE.match(bare) else bare


def _key(phrase: str) -> str:
    words = re.findall(r"[\w'’&/-]+", _tidy(phrase).casefold())
    return " ".join([*words[:-1], _singular(words[-1])]) if words else ""


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and not _ROLE_WORDS.fullmatch(word) else word
