"""What holds for the layout of any process at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.rendering.process.diagram import Arrow, Box, Point
from artifact_plane.adapters.rendering.process.labels import label_box
from artifact_plane.adapters.rendering.process.layers import find_returns, layer_steps
from artifact_plane.adapters.rendering.process.layout import lay_out
from artifact_plane.adapters.rendering.process.model import Flow, Process, Step

_KINDS = st.sampled_from(["start", "task", "decision", "decision", "decision", "data store"])
_NAMES = st.sampled_from(["A", "Check", "Ask the customer for the missing documents", "Word" * 12, "Long name " * 20])
_CONDITIONS = st.sampled_from(["", "", "yes", "the amount is above the clerk's limit"])


@st.composite
def processes(draw: st.DrawFn, most: int = 14) -> Process:
    """Any process: cycles, self-loops, islands, several ways out of everything."""
    count = draw(st.integers(1, most))
    roles = st.integers(0, draw(st.integers(0, 5))).map("role {}".format)
    steps = tuple(
        Step(id=f"s{number}", name=draw(_NAMES), kind=draw(_KINDS), role=draw(roles)) for number in range(count)
    )
    ends = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=2 * count, unique=True))
    flows = tuple(Flow(source=source, target=target, condition=draw(_CONDITIONS)) for source, target in pairs)
    return Process(steps=steps, flows=flows)


@given(processes())
@settings(deadline=None)
def test_no_two_steps_overlap(process: Process) -> None:
    """Neither their shapes nor their names, and each lies in the lane of its role."""
    diagram = lay_out(process)
    assert not any(one.box.meets(two.box) for one, two in combinations(diagram.steps, 2))
    bands = dict(zip(dict.fromkeys(step.role for step in process.steps), diagram.bands, strict=True))
    for placed in diagram.steps:
        band = bands[placed.step.role]
        assert band.top <= placed.box.top and placed.box.bottom <= band.top + band.height
        assert placed.box.left >= 0 and placed.box.right <= diagram.width


@given(processes())
@settings(deadline=None)
def test_every_flow_is_one_arrow_from_the_edge_of_its_source_to_the_edge_of_its_target(process: Process) -> None:
    """And all its pieces are upright or level."""
    diagram = lay_out(process)
    assert tuple(arrow.flow for arrow in diagram.arrows) == process.flows
    for arrow in diagram.arrows:
        assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(arrow.points))
        assert _touches(diagram.steps[arrow.flow.source].outline, arrow.points[0])
        assert _touches(diagram.steps[arrow.flow.target].outline, arrow.points[-1])


@given(processes())
@settings(max_examples=200, deadline=None)
def test_no_arrow_crosses_a_step(process: Process) -> None:
    """Lines run between the shapes and names; only its first and last piece come near its own two steps."""
    diagram = lay_out(process)
    for arrow in diagram.arrows:
        pieces = list(_pieces(arrow))
        for index, placed in enumerate(diagram.steps):
            is_end = index in (arrow.flow.source, arrow.flow.target)
            passing = pieces[1:-1] if is_end else pieces
            assert not any(piece.meets(placed.box) for piece in passing)


@given(processes())
@settings(deadline=None)
def test_lines_by_different_verticals_enter_a_step_at_different_places(process: Process) -> None:
    """So that each can be followed back; only those that come from above or below a decision may join others."""
    entered: dict[Point, set[float]] = {}
    for arrow in lay_out(process).arrows:
        before, end = arrow.points[-2:]
        is_from_port = len(arrow.points) == 3 and arrow.points[0][0] == before[0]
        if before[1] == end[1] and not is_from_port:
            entered.setdefault(end, set()).add(before[0])
    assert all(len(verticals) == 1 for verticals in entered.values())


@given(processes())
@settings(max_examples=200, deadline=None)
def test_lines_run_on_one_another_only_where_their_flows_share_a_step(process: Process) -> None:
    """Two arrows with different sources and different targets may cross, and never run along one another."""
    for one, two in combinations(lay_out(process).arrows, 2):
        if one.flow.source != two.flow.source and one.flow.target != two.flow.target:
            assert not any(a.meets(b) for a in _overlapping(one) for b in _overlapping(two) if _alike(a, b))


_CROWDED = Process(
    steps=tuple(Step(id=f"s{number}", name="A", kind="start", role="r") for number in range(15)),
    flows=(Flow(source=0, target=0, condition="the amount is above the limit that the clerk may approve"),),
)


@given(processes())
@settings(deadline=None)
@example(_CROWDED)
def test_conditions_cover_no_step(process: Process) -> None:
    """Every condition is drawn, within the picture."""
    diagram = lay_out(process)
    for arrow in diagram.arrows:
        assert (arrow.label is not None) == bool(arrow.flow.condition)
        if arrow.label:
            assert " ".join(arrow.label.lines) == arrow.flow.condition
            assert not any(label_box(arrow.label).meets(placed.box) for placed in diagram.steps)
            assert 0 <= arrow.label.x <= diagram.width


@given(processes())
@settings(deadline=None)
def test_without_returns_every_way_leads_to_the_right(process: Process) -> None:
    """Layers are longest ways: a step stands right of all that lead to it, directly after one of them."""
    returns = find_returns(process)
    forward = [flow for flow in process.flows if flow not in returns]
    layers = layer_steps(process, forward)
    for step, layer in enumerate(layers):
        before = [layers[flow.source] for flow in forward if flow.target == step]
        assert layer == max(before, default=-1) + 1


def test_a_straight_main_way_is_drawn_straight() -> None:
    """Steps of one role, one after another, stand on one line."""
    steps = tuple(Step(id=f"s{n}", name=f"Step {n}", kind="task", role="r") for n in range(6))
    flows = tuple(Flow(source=n, target=n + 1) for n in range(5))
    diagram = lay_out(Process(steps=steps, flows=flows))
    assert all(len(arrow.points) == 2 for arrow in diagram.arrows)


def _touches(outline: Box, point: Point) -> bool:
    x, y = point
    return outline.left - 0.01 <= x <= outline.right + 0.01 and outline.top - 0.01 <= y <= outline.bottom + 0.01


def _pieces(arrow: Arrow) -> Iterator[Box]:
    for one, two in pairwise(arrow.points):
        yield Box(
            left=min(one[0], two[0]), right=max(one[0], two[0]), top=min(one[1], two[1]), bottom=max(one[1], two[1])
        )


def _overlapping(arrow: Arrow) -> Iterator[Box]:
    """Each piece as wide as a line, so that only lines on the same track meet."""
    for piece in _pieces(arrow):
        is_level = piece.top == piece.bottom
        dx, dy = (-1.0, 1.5) if is_level else (1.5, -1.0)
        yield attrs.evolve(
            piece, left=piece.left - dx, right=piece.right + dx, top=piece.top - dy, bottom=piece.bottom + dy
        )


def _alike(one: Box, two: Box) -> bool:
    return (one.right - one.left > one.bottom - one.top) == (two.right - two.left > two.bottom - two.top)
