"""A meaning as a tree that can be read: bounded in depth, in breadth and in the length of texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from artifact_plane.domain.model.json import Json

MOST_NODES: Final = 1_500
MOST_DEPTH: Final = 30
MOST_ENTRIES: Final = 200
LONGEST_TEXT: Final = 2_000
OPEN_DEPTH: Final = 2
_OPEN_ENTRIES: Final = 12
_GIST: Final = 90
_GIST_VALUES: Final = 6


@attrs.frozen(kw_only=True)
class TreeNode:
    """A value with its key: ``text`` for a plain one, ``children`` for an object or an array.

    ``kind`` is object, array, text, number or word (true, false, null). ``size`` counts an object's or an array's
    entries, ``more`` those that are not shown, or the characters of a text that are not. ``gist`` is the beginning
    of an object in one line, to be read while it is folded. ``open`` shows it unfolded.
    """

    key: str | None
    kind: str
    text: str = ""
    children: tuple[TreeNode, ...] = ()
    size: int = 0
    more: int = 0
    gist: str = ""
    open: bool = False


def tree_of(value: Json) -> TreeNode:
    """The tree of a value; what is beyond the bounds is counted, not shown."""
    return _Planting().node(None, value, 0)


class _Planting:
    """Counts the nodes that were made, so that a whole tree stays within bounds."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def node(self, key: str | None, value: Json, depth: int) -> TreeNode:
        self._left -= 1
        if isinstance(value, Mapping):
            return self._branch(key, "object", [(str(name), one) for name, one in value.items()], depth)
        if isinstance(value, str):
            return _text(key, value)
        if isinstance(value, list | tuple):
            return self._branch(key, "array", [(str(index), one) for index, one in enumerate(value)], depth)
        return _plain(key, value)

    def _branch(self, key: str | None, kind: str, entries: list[tuple[str, Json]], depth: int) -> TreeNode:
        shown = tuple(self._shown(entries, depth))
        return TreeNode(
            key=key,
            kind=kind,
            children=shown,
            size=len(entries),
            more=len(entries) - len(shown),
            gist=_gist(shown, named=kind == "object"),
            open=depth == 0 or (depth < OPEN_DEPTH and len(entries) <= _OPEN_ENTRIES),
        )

    def _shown(self, entries: Iterable[tuple[str, Json]], depth: int) -> Iterator[TreeNode]:
        for index, (key, value) in enumerate(entries):
            if self._left <= 0 or index >= MOST_ENTRIES or depth >= MOST_DEPTH:
                return
            yield self.node(key, value, depth + 1)


def _gist(nodes: tuple[TreeNode, ...], *, named: bool) -> str:
    """The plain values at the beginning, as far as a line holds them."""
    plain = [node for node in nodes[:_GIST_VALUES] if not node.size and node.kind not in ("object", "array")]
    told = ", ".join(f"{node.key}: {node.text[:_GIST]}" if named else node.text[:_GIST] for node in plain)
    return told if len(told) <= _GIST else told[:_GIST].rstrip() + "…"


def _text(key: str | None, value: str) -> TreeNode:
    return TreeNode(key=key, kind="text", text=value[:LONGEST_TEXT], more=max(len(value) - LONGEST_TEXT, 0))


def _plain(key: str | None, value: Json) -> TreeNode:
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return TreeNode(key=key, kind="word", text=words[value])
    return TreeNode(key=key, kind="number", text=repr(value))
