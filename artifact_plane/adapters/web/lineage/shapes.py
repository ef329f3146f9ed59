"""What a node looks like: its words, and a box that holds them whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote

import attrs

from artifact_plane.adapters.web import words
from artifact_plane.domain.model.lineage import LineageNode, NodeKind

_LONGEST_LINE: Final = 40
_NARROW: Final = frozenset("fijlrtI.,:;!|'()[]/-")
_WIDE: Final = frozenset("mwMW@%")
_MONO_ADVANCE: Final = 6.75
_NAMED: Final = {NodeKind.ARTIFACT: "type", NodeKind.EXECUTION: "intent_type", NodeKind.ATTACHMENT: "name"}
_PADDING: Final = 16.0
_NAME_LEADING: Final = 17.0
_ID_LEADING: Final = 14.0
_FACTS_LEADING: Final = 17.0
_ENDS: Final = {NodeKind.EXECUTION: 14.0, NodeKind.INTENT: 12.0, NodeKind.ATTACHMENT: 10.0, NodeKind.ARTIFACT: 4.0}
"""Room at either end that a shape's slants and folds take."""


@attrs.frozen(kw_only=True)
class Shape:
    """A node's words, line by line, and the size of the box round them, in pixels."""

    kind: NodeKind
    name: tuple[str, ...]
    id: tuple[str, ...]
    facts: str
    classes: str
    href: str | None
    width: float
    height: float

    @property
    def title(self) -> str:
        """Everything it says, in one line."""
        return " ".join(filter(None, (self.kind.value, "".join(self.name), "".join(self.id), self.facts)))


def shape_of(node: LineageNode) -> Shape:
    """The shape of a node; nothing of its name or id is left out."""
    name, shown = _wrapped(name_of(node)), _wrapped(_shown_id(node))
    facts = _facts(node)
    widths = [*map(_width, name), *(len(line) * _MONO_ADVANCE for line in shown), _width(facts)]
    height = _PADDING + len(name) * _NAME_LEADING + len(shown) * _ID_LEADING + (_FACTS_LEADING if facts else 0.0)
    return Shape(
        kind=node.kind,
        name=name,
        id=shown,
        facts=facts,
        classes=" ".join(_classes(node)),
        href=address_of(node),
        width=round(max(widths) + 2 * (_PADDING / 2 + _ENDS[node.kind]) + 14.0, 1),
        height=height,
    )


def name_of(node: LineageNode) -> str:
    """What people call it: an artifact's type, an execution's intent type, an attachment's name."""
    found = node.facts.get(_NAMED.get(node.kind, ""))
    return str(found) if found else node.kind.value


def matches(node: LineageNode, wanted: str) -> bool:
    """Whether somebody who looks for ``wanted`` means this node."""
    return bool(wanted) and wanted.casefold() in f"{name_of(node)} {node.id} {_facts(node)}".casefold()


def address_of(node: LineageNode) -> str | None:
    """The page of what the node stands for, where there is one."""
    name = node.id.partition(":")[2]
    if node.kind is NodeKind.ARTIFACT:
        artifact_id, _, version = name.rpartition("@")
        return f"/artifacts/{quote(artifact_id, safe='')}?version={version}"
    return f"/executions/{quote(name, safe='')}" if node.kind is NodeKind.EXECUTION else None


def _shown_id(node: LineageNode) -> str:
    name = node.id.partition(":")[2]
    if node.kind is NodeKind.ATTACHMENT:
        return words.short_digest(name)
    return name.rpartition("@")[0] if node.kind is NodeKind.ARTIFACT else name


def _facts(node: LineageNode) -> str:
    told = node.facts
    if node.kind is NodeKind.ARTIFACT:
        decision = str(told.get("decision") or "").upper()
        deleted = "deleted" if told.get("state") == "deleted" else ""
        return " · ".join(filter(None, (decision, f"version {node.id.rpartition('@')[2]}", deleted)))
    if node.kind is NodeKind.ATTACHMENT:
        size = told.get("size")
        return words.size(size) if isinstance(size, int) else ""
    return str(told.get("state") or "")


def _classes(node: LineageNode) -> list[str]:
    found = ["node", node.kind.value]
    if node.kind is NodeKind.ARTIFACT:
        found += [str(node.facts.get("decision") or "")]
    if node.facts.get("state") in ("deleted", "failed", "running", "cancelled"):
        found.append(str(node.facts["state"]))
    return [one for one in found if one]


def _wrapped(text: str) -> tuple[str, ...]:
    """Lines of a bounded length, broken after a separator where there is one near the end."""
    lines = []
    while len(text) > _LONGEST_LINE:
        cut = max(text.rfind(mark, _LONGEST_LINE // 2, _LONGEST_LINE) for mark in " _-.") + 1 or _LONGEST_LINE
        lines.append(text[:cut])
        text = text[cut:]
    return (*lines, text)


@lru_cache(maxsize=4096)
def _width(text: str) -> float:
    """About how wide a text is at 13 pixels, rather more than less, whatever the system's font."""
    return sum(_ADVANCES.get(one, _WIDEST) for one in text)


def _advance(character: str) -> float:
    if character in _NARROW:
        return 5.2
    if character in _WIDE:
        return 12.6
    return 9.6 if character.isupper() else 8.1


_WIDEST: Final = 13.5
"""What a character outside of ASCII may take."""

_ADVANCES: Final = {character: _advance(character) for character in map(chr, range(128))}
