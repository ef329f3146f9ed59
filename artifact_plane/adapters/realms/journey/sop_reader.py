"""From a standard operating procedure in Markdown to a workflow: every numbered item is a step.

Within a section the items follow one another, nested ones after the item they belong to; a section that counts on
where the one before it stopped continues it, any other begins a sequence of its own. ``go to step N`` leads to the
item of that number in the same sequence, or else to the only one of that number in the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.conditions import ALWAYS, OTHERWISE, Way, is_conditional, ways
from artifact_plane.adapters.realms.journey.markdown import Document, Item, read_markdown
from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow, roles_of
from artifact_plane.adapters.realms.journey.roles import Roles
from artifact_plane.adapters.realms.prose import one_line, plural
from artifact_plane.ports.realm import RefusedInput

_MAX_TITLE: Final = 120
_MAX_SUMMARY: Final = 500
_MAX_WARNINGS: Final = 50
_FIRST_SENTENCE: Final = re.compile(r".+?(?=\.(?:\s|$)|$)")
_DEFAULT_TITLE: Final = "Standard operating procedure"


def read_sop(text: str, where: str, checkpoint: Callable[[], None]) -> Workflow:
    """The workflow that ``text`` tells; ``where`` names the attachment in errors.

    Raises:
        RefusedInput: it is empty, has no numbered item, too many, or is nested too deeply.
    """
    if not text.strip():
        raise RefusedInput("it is empty", where=where, remedy="attach a procedure with numbered steps")
    document = read_markdown(text, where, checkpoint)
    if not document.items:
        raise RefusedInput(
            "it has no numbered item, so no step can be told",
            where=f"{where}, line 1 to {text.count(chr(10)) + 1}",
            remedy="number the steps of the procedure ('1. …'); headings, bullets and code are not steps",
        )
    return _Builder(document).workflow()


@attrs.define
class _Entry:
    """An item on its way to be a step."""

    item: Item
    id: str
    number: str
    sequence: int
    after: int | None = None
    after_parts: int | None = None
    first_part: int | None = None
    branches: list[Branch] = attrs.Factory(list)
    endings: dict[str, None] = attrs.Factory(dict)


class _Builder:
    """Puts the items of one document in order and joins them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._roles = Roles(document)
        self._warnings: list[str] = []
        self._roles_of: list[str | None] = []
        self._entries = _entries(document.items)
        self._numbers = _numbers(self._entries)

    def workflow(self) -> Workflow:
        steps = tuple(self._step(entry) for entry in self._entries)
        sequences = {entry.sequence: entry.id for entry in reversed(self._entries)}
        starts = tuple(sequences[number] for number in sorted(sequences))
        if len(starts) > 1:
            text = "the document does not say how one leads to the next"
            self._warn(f"there are {plural(len(starts), 'separate sequence')} of steps; {text}")
        return Workflow(
            title=_title(self._document),
            summary=_summary(self._document),
            source_format="markdown",
            steps=steps,
            starts=starts,
            branches=tuple(branch for entry in self._entries for branch in entry.branches),
            roles=tuple(dict.fromkeys((*self._roles.declared, *roles_of(steps)))),
            warnings=tuple(self._warnings),
        )

    def _step(self, entry: _Entry) -> Step:
        item = entry.item
        found = self._roles.of(item.prose, item.details, item.headings)
        # Whoever does a step does its parts, unless they name somebody else.
        self._roles_of.append(found.role or (None if item.parent is None else self._roles_of[item.parent]))
        text = " ".join(found.lines)
        details = tuple(one_line(detail.text) for detail in item.details if detail.lines)
        out = ways(text, [detail.text for detail in item.details])
        decides = is_conditional(text) or any(way.condition is not None and way.leads_away for way in out)
        targets = self._decide(entry, out) if decides else self._follow(entry, out)
        return Step(
            id=entry.id,
            name=one_line(text) or (details[0] if details else f"Step {item.number}"),
            kind="decision" if decides else "task",
            role=self._roles_of[-1],
            next=tuple(dict.fromkeys(targets)),
            section=one_line(" / ".join(item.headings)) or None,
            parent=None if item.parent is None else self._entries[item.parent].id,
            details=details,
            number=entry.number,
            ends_when=" or ".join(entry.endings) or None,
        )

    def _follow(self, entry: _Entry, out: Sequence[Way]) -> list[str]:
        """The way on from a task: where it jumps to, or what is written next."""
        jump = next((way for way in out if way.jump), None)
        if jump is None and any(way.ends for way in out):
            entry.endings[ALWAYS] = None
            return []
        return self._ids(self._target(entry, jump) if jump else entry.after)

    def _decide(self, entry: _Entry, out: Sequence[Way]) -> list[str]:
        """The ways on from a decision, each but a plain one a branch."""
        targets: list[str] = []
        default = next((way for way in out if way.condition is None and way.leads_away), None)
        stated = [way for way in out if way.condition is not None]
        for way in stated:
            targets += self._branch(entry, way.condition or OTHERWISE, self._met(entry, way))
        parted = entry.first_part is not None
        if default or not stated or ((any(way.leads_away for way in stated) or parted) and not _complete(stated)):
            beneath = entry.after_parts if stated else entry.after
            rest = self._target(entry, default) if default else beneath
            targets += self._branch(entry, OTHERWISE if stated else ALWAYS, rest)
        return targets

    def _met(self, entry: _Entry, way: Way) -> int | None:
        """Where the way of a stated condition leads: its jump, the parts of this item, or what comes next."""
        if way.leads_away:
            return self._target(entry, way)
        return entry.after_parts if way.condition == OTHERWISE else entry.after

    def _branch(self, entry: _Entry, condition: str, target: int | None) -> list[str]:
        """Note the way to ``target``; None is the end of the process. A way taken always needs no condition."""
        ids = self._ids(target)
        if not ids:
            entry.endings[condition] = None
        elif condition != ALWAYS:
            entry.branches += [Branch(source=entry.id, target=one, condition=condition) for one in ids]
        return ids

    def _target(self, entry: _Entry, way: Way | None) -> int | None:
        """The position of the item that ``way`` jumps to; what comes next where there is no such item."""
        if way is None or way.jump is None:
            return None if way and way.ends else entry.after
        found = self._numbers.get((entry.sequence, way.jump)) or self._numbers.get((None, way.jump))
        if found is None or len(found) > 1:
            why = "which does not exist" if found is None else "of which there are several"
            self._warn(f"line {entry.item.line}: it goes to a step {why} there; what is written next is taken")
            return entry.after
        return found[0]

    def _ids(self, position: int | None) -> list[str]:
        return [] if position is None else [self._entries[position].id]

    def _warn(self, text: str) -> None:
        if len(self._warnings) < _MAX_WARNINGS:
            self._warnings.append(text)


def _complete(stated: Sequence[Way]) -> bool:
    """Whether the stated conditions leave nothing over."""
    conditions = {way.condition for way in stated}
    return OTHERWISE in conditions or {"yes", "no"} <= conditions


def _entries(items: Sequence[Item]) -> list[_Entry]:
    """The items with their ids and what follows each."""
    entries: list[_Entry] = []
    counts: dict[int | None, int] = {}
    for item in items:
        counts[item.parent] = counts.get(item.parent, 0) + 1
        stem = "step" if item.parent is None else entries[item.parent].id
        number = str(item.number) if item.parent is None else f"{entries[item.parent].number}.{item.number}"
        sequence = _sequence(item, entries)
        entries.append(_Entry(item=item, id=f"{stem}-{counts[item.parent]}", number=number, sequence=sequence))
    _join(entries)
    return entries


def _sequence(item: Item, before: Sequence[_Entry]) -> int:
    """The number of the sequence that ``item`` belongs to."""
    if item.parent is not None:
        return before[item.parent].sequence
    last = next((entry for entry in reversed(before) if entry.item.parent is None), None)
    if last is None:
        return 0
    counts_on = item.number == last.item.number + 1
    return last.sequence if counts_on or item.headings == last.item.headings else last.sequence + 1


def _join(entries: Sequence[_Entry]) -> None:
    """Say of each entry what is written next, and what is written next after its parts."""
    following: dict[int | None, int] = {}
    for position in range(len(entries) - 1, -1, -1):
        entry = entries[position]
        parent = entry.item.parent
        beside = following.get(parent)
        if beside is not None and entries[beside].sequence != entry.sequence:
            beside = None
        entry.after_parts = beside
        following[parent] = position
    _resolve_last_parts(entries)


def _resolve_last_parts(entries: Sequence[_Entry]) -> None:
    """After the last part of an item comes what follows the item; parents stand before their parts."""
    for position, entry in enumerate(entries):
        parent = entry.item.parent
        if parent is not None:
            if entries[parent].first_part is None:
                entries[parent].first_part = position
            if entry.after_parts is None:
                entry.after_parts = entries[parent].after_parts
    for entry in entries:
        entry.after = entry.first_part if entry.first_part is not None else entry.after_parts


def _numbers(entries: Sequence[_Entry]) -> dict[tuple[int | None, str], list[int]]:
    """The positions by sequence (None: the whole document) and number, as in ``3`` and ``3.1``."""
    found: dict[tuple[int | None, str], list[int]] = {}
    for position, entry in enumerate(entries):
        for scope in (entry.sequence, None):
            found.setdefault((scope, entry.number), []).append(position)
    return found


def _title(document: Document) -> str:
    first = next((text for level, text in document.headings if level == 1 and text), None)
    description = _FIRST_SENTENCE.match(document.fields.get("description", ""))
    other = (description and description[0]) or next((text for _, text in document.headings if text), None)
    return one_line(document.fields.get("title") or first or other or _DEFAULT_TITLE, _MAX_TITLE)


def _summary(document: Document) -> str | None:
    """The first paragraph, where it stands before the first section of the procedure."""
    beginning = (prose for headings, prose in document.loose if len(headings) <= 1)
    return next((one_line(prose.text, _MAX_SUMMARY) for prose in beginning if prose.lines), None)
