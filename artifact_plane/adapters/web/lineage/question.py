"""What a lineage page is asked, and the addresses of the pages that differ from it by one step."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

import attrs

from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.lineage import LineageNode, NodeId, NodeKind

MOST_STEPS: Final = 50
MOST_OPENED: Final = 60
_ALL_OF_IT: Final = 50


class Way(StrEnum):
    """Which way from the artifact one looks."""

    BOTH = "both"
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    IMPACT = "impact"
    """What came of any version of it: what a change would concern."""


@attrs.frozen(kw_only=True)
class Question:
    """One artifact's lineage: which way, how many steps, which nodes are opened besides, and what is looked for."""

    artifact_id: str
    version: int | None = None
    way: Way = Way.BOTH
    steps: int = 1
    opened: tuple[NodeId, ...] = ()
    wanted: str = ""
    fit: bool = False

    @staticmethod
    def of(artifact_id: str, asked: Asked) -> Question:
        """The question that a query says. Raises InvalidInput."""
        way = asked.choice("way", {one.value: one for one in Way}, Way.BOTH)
        return Question(
            artifact_id=artifact_id,
            version=asked.number("version", 1, 2**31),
            way=way,
            steps=asked.number("steps", 1, MOST_STEPS) or (_ALL_OF_IT if way is Way.IMPACT else 1),
            opened=tuple(_checked(one) for one in asked.texts("open")[:MOST_OPENED]),
            wanted=asked.text("find") or "",
            fit=asked.text("fit") is not None,
        )

    def address(self, **changes: object) -> str:
        """The address of the page that asks this, with ``changes``."""
        asked = attrs.evolve(self, **changes)  # type: ignore[arg-type]  # by name, as the callers below write them
        steps = None if asked.way is Way.IMPACT and asked.steps == _ALL_OF_IT else asked.steps
        fields: list[tuple[str, object]] = [
            ("version", asked.version),
            ("way", None if asked.way is Way.BOTH else asked.way.value),
            ("steps", None if steps == 1 else steps),
            ("find", asked.wanted),
            ("fit", "1" if asked.fit else None),
            *(("open", node) for node in asked.opened),
        ]
        return address(f"/artifacts/{self.artifact_id}/lineage", fields)

    def turned(self, way: Way) -> str:
        """The address of the same question, looking another way."""
        return self.address(way=way, steps=_ALL_OF_IT if way is Way.IMPACT else 1, opened=())

    def toggled(self, node: NodeId) -> str:
        """The address of the page on which ``node`` is opened, or closed where it is open."""
        if node in self.opened:
            return self.address(opened=tuple(one for one in self.opened if one != node))
        here = self._here  # opened nodes stand last in an address
        return f"{here}{'&' if '?' in here else '?'}{urlencode([('open', node)])}"

    @cached_property
    def _here(self) -> str:
        return self.address()


def _checked(node: str) -> NodeId:
    try:
        kind = LineageNode.kind_of(node)
    except ValueError:
        raise InvalidInput(f"{printable(node)} is no node", where="open", remedy="leave it out") from None
    version = node.rpartition("@")[2]
    if kind is NodeKind.ARTIFACT and not (version.isascii() and version.isdigit() and len(version) < 16):
        raise InvalidInput(f"{printable(node)} names no version", where="open", remedy="leave it out")
    return node
