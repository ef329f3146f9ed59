"""What is computed from the ways between steps: order, loops, paths, gaps, and a proposal that stays a workflow."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms.journey import graph
from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow
from artifact_plane.adapters.realms.journey.proposal import propose, side_by_side
from artifact_plane.adapters.realms.journey.sop_writer import write_sop
from artifact_plane.adapters.realms.journey.survey import Survey

ROLES = (None, "Clerk", "Desk")
NAMES = ("Register it", "Pay", "Look at it", "Send a letter")
IDS = tuple("abcdefgh")


def workflow(*steps: Step, starts: tuple[str, ...] = ("a",), branches: tuple[Branch, ...] = ()) -> Workflow:
    return Workflow(title="W", source_format="bpmn", steps=steps, starts=starts, branches=branches)


def task(identifier: str, *after: str, role: str | None = "Clerk", name: str = "Look at it") -> Step:
    return Step(id=identifier, name=name, kind="task", role=role, next=after)


def kinds(one: Workflow) -> dict[str, tuple[str, ...]]:
    return {gap.kind: gap.steps for gap in Survey(one).gaps()}


def changes(*workflows: Workflow) -> list[tuple[str, tuple[str, ...]]]:
    return [(change.kind, change.steps) for change in propose(side_by_side(workflows)).changes]


def test_the_reading_order_puts_each_step_after_what_leads_to_it() -> None:
    ways = {"d": (), "b": ("d",), "a": ("b", "c"), "c": ("d", "a"), "x": ("d",)}
    assert graph.reading_order(ways, ["a"]) == ["a", "b", "c", "d", "x"]


def test_loops_are_the_sets_of_steps_that_can_be_come_back_to() -> None:
    ways = {"a": ("b",), "b": ("c",), "c": ("b", "d"), "d": ("d",), "e": ()}
    assert graph.loops(ways) == [("b", "c"), ("d",)]


def test_the_longest_path_goes_round_no_loop() -> None:
    ways = {"a": ("b", "d"), "b": ("c",), "c": ("a", "d"), "d": ()}
    assert graph.longest_path(ways, graph.reading_order(ways, ["a"])) == ("a", "b", "c", "d")


def test_ten_thousand_steps_in_a_row_need_no_recursion() -> None:
    ways = {str(number): (str(number + 1),) if number < 9_999 else () for number in range(10_000)}
    assert len(graph.longest_path(ways, graph.reading_order(ways, ["0"]))) == 10_000
    assert graph.loops(ways) == []


def test_a_step_taken_out_is_bridged_and_an_end_becomes_a_condition() -> None:
    end = Step(id="e", name="End", kind="end")
    gate = Step(id="g", name="?", kind="decision", next=("e", "b"))
    branches = (Branch(source="g", target="e", condition="paid"), Branch(source="g", target="b", condition="open"))
    left = graph.without(workflow(task("a", "g"), gate, task("b", "e"), end, branches=branches), {"e", "a"})
    assert [(one.id, one.next, one.ends_when) for one in left.steps] == [("g", ("b",), "paid"), ("b", (), None)]
    assert left.starts == ("g",)
    assert [one.condition for one in left.branches] == ["open"]


def test_gaps_name_what_is_missing_and_where() -> None:
    end = Step(id="e", name="End", kind="end")
    half = Step(id="g", name="?", kind="decision", next=("b",))
    found = kinds(workflow(task("a", "g", role=None), half, task("b"), task("x", "e"), end))
    assert found == {"missing_role": ("a",), "dead_end": ("b",), "unreachable": ("x", "e"), "single_branch": ("g",)}


def test_a_loop_without_a_way_out_is_a_gap_and_one_with_a_way_out_is_not() -> None:
    assert kinds(workflow(task("a", "b"), task("b", "a")))["endless_loop"] == ("a", "b")
    assert "endless_loop" not in kinds(workflow(task("a", "b"), task("b", "a", "c"), task("c")))


def test_a_gateway_that_joins_ways_is_no_half_decision() -> None:
    join = Step(id="j", name="", kind="decision", type="exclusiveGateway", next=("d",))
    assert kinds(workflow(task("a", "b", "c"), task("b", "j"), task("c", "j"), join, task("d"))) == {}


def test_work_keeps_its_holder_through_steps_that_name_nobody() -> None:
    survey = Survey(workflow(task("a", "b"), task("b", "c", role=None), task("c", role="Desk")))
    assert [(one.giver, one.taker) for one in survey.handovers] == [("Clerk", "Desk")]


def test_two_roles_between_which_work_passes_often_are_a_hot_spot() -> None:
    steps = [
        task(one, after, role=ROLES[1 + index % 2]) for index, (one, after) in enumerate(zip("abc", "bcd", strict=True))
    ]
    assert kinds(workflow(*steps, task("d", role="Desk")))["handover_hot_spot"] == ("b", "c", "d")


def test_what_one_role_does_in_a_row_is_proposed_as_one_step() -> None:
    one = workflow(task("a", "b", name="Look."), task("b", "c", name="Think"), task("c", role="Desk"))
    assert changes(one) == [("merge", ("a", "b"))]
    merged = propose([one]).workflow.steps
    assert [(step.id, step.name, step.next) for step in merged] == [
        ("a", "Look; Think", ("c",)),
        ("c", "Look at it", ()),
    ]


def test_steps_are_not_merged_over_a_decision_a_join_or_another_role() -> None:
    gate = Step(id="g", name="?", kind="decision", role="Clerk", next=("b", "c"))
    assert changes(workflow(task("a", "g"), gate, task("b", "c"), task("c"))) == []


def test_what_another_workflow_does_too_is_proposed_to_be_done_once() -> None:
    first = workflow(task("a", "b", name="Look at it."), task("b", role="Desk"))
    second = workflow(
        task("a", "b", role="Desk", name="Ask"), task("b", "c", name="look AT it"), task("c", role="Nurse")
    )
    assert ("remove_duplicate", ("w2.b",)) in changes(first, second)
    steps = {one.id: one.next for one in propose(side_by_side([first, second])).workflow.steps}
    assert steps == {"w1.a": ("w1.b",), "w1.b": (), "w2.a": ("w2.c",), "w2.c": ()}


def test_a_step_is_marked_for_a_system_by_its_verb_with_the_reason() -> None:
    one = workflow(task("a", "b", name="The clerk registers the claim"), task("b", name="Talk it over"))
    proposal = propose([one])
    assert set(proposal.automation) == {"a"}
    assert "data" in proposal.automation["a"]


def test_what_a_system_does_already_is_neither_manual_nor_a_candidate() -> None:
    done = Step(id="a", name="Send a letter", kind="task", type="sendTask")
    assert Survey(workflow(done)).figures()["manual_steps"] == 0
    assert changes(workflow(done)) == []


def test_the_written_procedure_numbers_parts_beneath_their_step_and_leaves_out_bare_ends() -> None:
    steps = (
        Step(id="s", name="Start", kind="start", next=("a",)),
        Step(id="a", name="Assess", kind="subprocess", next=("e",)),
        Step(id="i", name="Inner", kind="task", parent="a"),
        Step(id="e", name="End", kind="end"),
    )
    written = write_sop(workflow(*steps, starts=("s", "i")), {})
    assert [(one["number"], one["step_id"], one["then"]) for one in _objects(written["procedure"])] == [
        ("1", "a", "the procedure ends"),
        ("1.1", "i", "this part ends"),
    ]


def _objects(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Any workflow: ways, loops, parts and conditions at random."""
    ids = IDS[: draw(st.integers(1, len(IDS)))]
    targets = st.lists(st.sampled_from(ids), max_size=3, unique=True).map(tuple)
    steps = tuple(
        Step(
            id=one,
            name=draw(st.sampled_from(NAMES)),
            kind=draw(st.sampled_from(("task", "task", "task", "decision", "start", "end", "event", "subprocess"))),
            role=draw(st.sampled_from(ROLES)),
            next=draw(targets),
            parent=draw(st.sampled_from((None, None, *ids[:index]))),
            type=draw(st.sampled_from((None, "exclusiveGateway", "sendTask"))),
            ends_when=draw(st.sampled_from((None, None, "always", "late"))),
        )
        for index, one in enumerate(ids)
    )
    branches = tuple(
        Branch(source=step.id, target=after, condition=draw(st.sampled_from(("late", "otherwise"))))
        for step in steps
        for after in step.next
        if draw(st.booleans())
    )
    return Workflow(
        title="W",
        source_format=draw(st.sampled_from(("bpmn", "markdown"))),
        steps=steps,
        starts=draw(targets),
        branches=branches,
    )


@settings(deadline=None)
@given(st.lists(workflows(), min_size=1, max_size=3))
def test_a_proposal_is_a_workflow_again_whatever_it_is_made_from(given_workflows: list[Workflow]) -> None:
    proposed = propose(side_by_side(given_workflows)).workflow
    if proposed.steps:
        assert Workflow.from_payload(proposed.to_payload(), "here").steps == proposed.steps
    assert all(
        branch.source != branch.target or branch.target in _next(proposed, branch) for branch in proposed.branches
    )
    assert {branch.target for branch in proposed.branches} <= {after for step in proposed.steps for after in step.next}


def _next(proposed: Workflow, branch: Branch) -> tuple[str, ...]:
    return next(step.next for step in proposed.steps if step.id == branch.source)


@settings(deadline=None)
@given(workflows())
def test_every_reading_of_a_workflow_takes_each_step_once(one: Workflow) -> None:
    survey = Survey(one)
    assert sorted(survey.order) == sorted(step.id for step in one.steps)
    assert len(set(survey.longest)) == len(survey.longest)
    assert sum(survey.figures()[kind] for kind in ("tasks", "decisions")) <= len(one.steps)
    list(survey.gaps())


@settings(deadline=None)
@given(workflows())
def test_a_written_procedure_refers_only_to_numbers_that_it_has(one: Workflow) -> None:
    procedure = _objects(write_sop(one, {})["procedure"])
    numbers = [entry["number"] for entry in procedure]
    assert len(set(numbers)) == len(numbers) > 0
    for entry in procedure:
        assert isinstance(entry["next"], list)
        assert set(entry["next"]) <= set(numbers)
        assert {decision["go_to"] for decision in _objects(entry.get("decisions", []))} <= {*numbers, None}
