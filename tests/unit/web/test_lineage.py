"""Lineage: what is shown of what was found, and how it is drawn."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from artifact_plane.adapters.web.lineage.drawing import drawing_of, outline, rounded
from artifact_plane.adapters.web.lineage.finding import MOST_DRAWN, Found, ask, found_in
from artifact_plane.adapters.web.lineage.layout import lay_out
from artifact_plane.adapters.web.lineage.question import Question, Way
from artifact_plane.adapters.web.lineage.shapes import Shape, shape_of
from artifact_plane.composition.bootstrap import open_application
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.lineage import LineageEdge, LineageNode, NodeKind, Relation
from artifact_plane.ports.answers import Payload
from artifact_plane.ports.application import Application

TENANT = "acme"


async def put(app: Application, name: str, *origins: str) -> None:
    """An artifact of that id, derived from those."""
    payload = Payload(semantic_payload={"name": name}, derived_from=origins)
    await app.plane.create_artifact("thing", name, payload, {}, ExecutionContext(tenant_id=TENANT))


async def find(app: Application, tenant_id: str, question: Question) -> Found:
    """Ask, and take what is to be shown."""
    return found_in(await ask(app, tenant_id, question), question)


def names(found: Found) -> list[str]:
    """The ids of the artifacts that are shown, sorted."""
    return sorted(node.removeprefix("artifact:").partition("@")[0] for node in found.nodes)


async def test_one_step_is_shown_and_the_next_is_counted() -> None:
    """A chain of five, looked at from its middle."""
    async with open_application("memory") as app:
        for before, name in zip(("", "a", "b", "c", "d"), "abcde", strict=True):
            await put(app, name, *([before] if before else []))
        found = await find(app, TENANT, Question(artifact_id="c"))
        assert names(found) == ["b", "c", "d"]
        assert (found.total, found.more) == (3, False)
        assert found.hidden == {"artifact:b@1": 1, "artifact:d@1": 1}
        assert names(await find(app, TENANT, Question(artifact_id="c", steps=2))) == ["a", "b", "c", "d", "e"]
        assert names(await find(app, TENANT, Question(artifact_id="c", way=Way.UPSTREAM, steps=9))) == ["a", "b", "c"]


async def test_an_opened_node_shows_what_is_round_it() -> None:
    """Both ways, also what the question's own way would never meet; opening in chains works."""
    async with open_application("memory") as app:
        for name, origins in (("root", ()), ("left", ("root",)), ("right", ("root",)), ("far", ("right",))):
            await put(app, name, *origins)
        question = Question(artifact_id="left", way=Way.UPSTREAM, opened=("artifact:root@1", "artifact:right@1"))
        found = await find(app, TENANT, question)
        assert names(found) == ["far", "left", "right", "root"]
        assert [found.distances[f"artifact:{name}@1"] for name in ("left", "root", "right", "far")] == [0, 1, 2, 3]


async def test_what_is_not_there_opens_nothing() -> None:
    """An id of another tenant's, or of nobody's, in the address: the page is the same as without it."""
    async with open_application("memory") as app:
        await put(app, "a")
        context = ExecutionContext(tenant_id="globex")
        await app.plane.create_artifact("secret", "theirs", {"a": 1}, {}, context)
        question = Question(artifact_id="a", opened=("artifact:theirs@1", "artifact:no@1", "execution:no", "intent:i"))
        assert names(await find(app, TENANT, question)) == ["a"]


async def test_only_so_many_are_drawn_the_nearest_first() -> None:
    """All are counted."""
    async with open_application("memory") as app:
        await put(app, "root")
        for number in range(250):
            await put(app, f"n{number}", "root")
        await put(app, "far", "n0")
        found = await find(app, TENANT, Question(artifact_id="root", steps=2))
        assert (len(found.nodes), found.total) == (MOST_DRAWN, 252)
        assert "artifact:far@1" not in found.nodes


def a_node(number: int, kind: NodeKind = NodeKind.ARTIFACT, **facts: str) -> LineageNode:
    """A node of that number."""
    suffix = "@1" if kind is NodeKind.ARTIFACT else ""
    return LineageNode(id=f"{kind.value}:n{number}{suffix}", kind=kind, facts=facts)


def a_graph(size: int) -> tuple[dict[str, Shape], list[LineageEdge]]:
    """A lineage in which each node comes from up to three before it."""
    nodes = [a_node(number, type="workflow") for number in range(size)]
    edges = [
        LineageEdge(nodes[number].id, Relation.WAS_DERIVED_FROM, nodes[origin].id)
        for number in range(1, size)
        for origin in {number // 2, number // 3, number // 5} - {number}
    ]
    return {node.id: shape_of(node) for node in nodes}, edges


def test_origins_stand_left_of_what_came_of_them_and_no_two_overlap() -> None:
    """For every edge, and for every pair of nodes."""
    shapes, edges = a_graph(60)
    placed = lay_out(shapes, edges)
    assert all(placed.middles[edge.target][0] < placed.middles[edge.source][0] for edge in edges)
    boxes = [
        (x - shape.width / 2, y - shape.height / 2, x + shape.width / 2, y + shape.height / 2)
        for (x, y), shape in ((placed.middles[node], shape) for node, shape in shapes.items())
    ]
    for index, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0 and top >= 0 and right <= placed.width and bottom <= placed.height
        for other in boxes[:index]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_the_same_lineage_is_laid_out_the_same() -> None:
    """A page that is loaded again does not jump."""
    shapes, edges = a_graph(40)
    first = lay_out(shapes, edges)
    for number in range(100):  # more than are remembered
        lay_out({f"artifact:other{number}@1": shape_of(a_node(number))}, [])
    again = lay_out(shapes, edges)
    assert again == first and again is not first


def test_a_star_of_two_hundred_is_laid_out_with_no_crossing_of_its_stem() -> None:
    """A node with very many edges: its edges share a stem, and the layers stay near each other."""
    nodes = [a_node(number, type="leaf") for number in range(200)]
    edges = [LineageEdge(node.id, Relation.WAS_DERIVED_FROM, nodes[0].id) for node in nodes[1:]]
    placed = lay_out({node.id: shape_of(node) for node in nodes}, edges)
    assert placed.width < 1_600


@pytest.mark.parametrize("kind", NodeKind)
def test_every_kind_has_an_outline_of_its_own(kind: NodeKind) -> None:
    """Told apart by shape, not by colour alone."""
    others = {outline(shape_of(a_node(1, other))) for other in NodeKind if other is not kind}
    assert outline(shape_of(a_node(1, kind))) not in others


def test_a_drawing_holds_names_and_ids_whole() -> None:
    """In lines that together say all of it."""
    node = LineageNode(id=f"artifact:{'i' * 128}@3", kind=NodeKind.ARTIFACT, facts={"type": "long-name_" * 12})
    shape = shape_of(node)
    assert "".join(shape.name) == "long-name_" * 12
    assert "".join(shape.id) == "i" * 128
    assert all(len(line) <= 40 for line in (*shape.name, *shape.id))


def test_a_drawing_says_what_is_dropped_deleted_sought_and_where_it_starts() -> None:
    """As classes, and as words."""
    nodes = {
        node.id: node
        for node in (
            a_node(0, type="plan", decision="persist", state="active"),
            a_node(1, type="draft", decision="discard", state="deleted"),
        )
    }
    start, other = nodes
    edge = LineageEdge(start, Relation.WAS_DERIVED_FROM, other)
    found = Found(
        start=start, nodes=nodes, distances={start: 0, other: 1}, edges=(edge,), total=2, more=False, hidden={},
        position=1,
    )  # fmt: skip
    shapes = {node: shape_of(one) for node, one in nodes.items()}
    drawing = drawing_of(found, shapes, lay_out(shapes, [edge]), Question(artifact_id="n0", wanted="DRAFT"))
    classes = {drawn.id: set(drawn.classes.split()) for drawn in drawing.nodes}
    assert classes[start] == {"node", "artifact", "persist", "start"}
    assert classes[other] == {"node", "artifact", "discard", "deleted", "match"}
    assert drawing.nodes[1].shape.facts == "DISCARD · version 1 · deleted"
    assert drawing.edges[0].title == "plan was derived from draft"


def test_a_path_goes_through_its_points_with_rounded_corners() -> None:
    """Each corner is cut by at most half of its shorter arm."""
    path = rounded(((0, 0), (20, 0), (20, 4)))
    assert path == "M0 0L13 0Q20 0 20 2L20 4"
    assert re.fullmatch(r"[MLQ\d .\-]+", path)


@pytest.mark.parametrize("outwards", [True, False])
def test_a_wide_fan_is_drawn_on_one_stem(outwards: bool) -> None:
    """However many came of one node, or it of them: all edges meet at the middle of its side, one layer away."""
    root, leaves = "artifact:root@1", [f"artifact:leaf{number}@1" for number in range(150)]
    shapes = {node: shape_of(LineageNode(id=node, kind=NodeKind.ARTIFACT)) for node in (root, *leaves)}
    ends = [(leaf, root) if outwards else (root, leaf) for leaf in leaves]
    placed = lay_out(shapes, [LineageEdge(one, Relation.WAS_DERIVED_FROM, other) for one, other in ends])
    x, y = placed.middles[root]
    side = x + (1 if outwards else -1) * shapes[root].width / 2
    met = [points[0] if outwards else points[-1] for _, points in placed.routes]
    assert {(round(at), round(level)) for at, level in met} == {(round(side), round(y))}
    assert len({points[1 if outwards else -2][0] for _, points in placed.routes}) == 1
    assert abs(placed.middles[leaves[0]][0] - x) - shapes[leaves[0]].width < 120
    for (edge, points), leaf in zip(placed.routes, leaves, strict=True):
        end, (at, level) = points[-1 if outwards else 0], placed.middles[leaf]
        assert abs(abs(end[0] - at) - shapes[leaf].width / 2) < 1 and abs(end[1] - level) < shapes[leaf].height / 2
        turned = [abs(a[0] - b[0]) < 1 or abs(a[1] - b[1]) < 1 for a, b in pairwise(points)]
        assert all(turned), (edge, points)


def test_what_was_laid_out_is_not_laid_out_again() -> None:
    """To fit, to search, to load the page again costs no second layout; another graph has its own."""
    node, other = (LineageNode(id=f"artifact:{name}@1", kind=NodeKind.ARTIFACT) for name in ("one", "another"))
    first = lay_out({node.id: shape_of(node)}, [])
    assert lay_out({node.id: shape_of(node)}, []) is first
    assert set(lay_out({other.id: shape_of(other)}, []).middles) == {other.id}
