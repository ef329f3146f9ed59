"""A meaning as a tree, within bounds."""

from __future__ import annotations

from artifact_plane.adapters.web.meaning import LONGEST_TEXT, MOST_DEPTH, MOST_ENTRIES, MOST_NODES, TreeNode, tree_of
from artifact_plane.domain.model.json import Json


def count(node: TreeNode) -> int:
    """The nodes of a tree."""
    return 1 + sum(map(count, node.children))


def test_every_kind_of_value_is_told_as_what_it_is() -> None:
    """Text, number, word, object, array."""
    root = tree_of({"a": "x", "b": 1.5, "c": None, "d": {"e": True}, "f": [1, 2]})
    assert [(node.key, node.kind, node.text, node.size) for node in root.children] == [
        ("a", "text", "x", 0),
        ("b", "number", "1.5", 0),
        ("c", "word", "null", 0),
        ("d", "object", "", 1),
        ("f", "array", "", 2),
    ]


def test_a_folded_object_shows_its_gist() -> None:
    """The plain values at its beginning, in one line."""
    root = tree_of({"step": {"id": "s-1", "name": "Check", "next": ["s-2"]}})
    assert root.children[0].gist == "id: s-1, name: Check"


def test_breadth_depth_and_length_are_bounded() -> None:
    """What is left out is counted."""
    assert tree_of(list(range(1_000))).more == 1_000 - MOST_ENTRIES
    assert tree_of({"t": "x" * (LONGEST_TEXT + 7)}).children[0].more == 7
    deep: Json = "bottom"
    for _ in range(90):
        deep = [deep]
    node, depth = tree_of(deep), 0
    while node.children:
        node, depth = node.children[0], depth + 1
    assert depth == MOST_DEPTH and node.more == 1


def test_the_whole_is_bounded() -> None:
    """Many small objects together are not more than one page holds."""
    wide: Json = [[list(range(50)) for _ in range(50)] for _ in range(50)]
    assert count(tree_of(wide)) <= MOST_NODES + MOST_DEPTH
