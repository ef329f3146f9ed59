"""Goals as they are given: read strictly, and put in an order that keeps their dependencies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms.outcomes.goals import Goal, in_order, read_goals
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.realm import RefusedInput


def goals_of(value: Json) -> tuple[Goal, ...]:
    return in_order(read_goals(value))


def test_a_single_goal_may_be_a_text_an_object_or_a_list() -> None:
    assert goals_of("Pay") == goals_of(["Pay"]) == goals_of({"title": "Pay"}) == (Goal(id="goal-1", title="Pay"),)


def test_no_goals_are_none() -> None:
    assert goals_of(None) == goals_of([]) == ()


@pytest.mark.parametrize("reference", ["first", "Clean the data.", "clean the DATA", 1, ["first"], [1, "first"]])
def test_a_dependency_is_named_by_id_title_or_place(reference: Json) -> None:
    goals = goals_of([{"id": "first", "title": "Clean the data."}, {"title": "Pay", "depends_on": reference}])
    assert goals[1].depends_on == ("first",)


@pytest.mark.parametrize(("effort", "days"), [(5, 5.0), ("1 day", 1.0), ("2.5d", 2.5), ("2 weeks", 10.0), (None, None)])
def test_effort_is_told_in_days_or_weeks(effort: Json, days: float | None) -> None:
    assert goals_of([{"title": "A", "effort": effort}])[0].effort_days == days


@pytest.mark.parametrize(("priority", "word"), [("HIGH", "high"), (1, "high"), (3, "low"), ("medium", "medium")])
def test_a_priority_is_a_word_or_a_rank(priority: Json, word: str) -> None:
    assert goals_of([{"title": "A", "priority": priority}])[0].priority == word


@pytest.mark.parametrize(
    ("goals", "where", "says"),
    [
        ([{"title": "A", "depends_on": "B"}, {"title": "B", "depends_on": ["A"]}], "goals", "goal-1 → goal-2 → goal-1"),
        ([{"title": "A", "id": "x", "depends_on": "x"}], "goals", "x → x"),
        ([{"title": "A", "depends_on": "Bluebird"}], "goals[0].depends_on", "no goal"),
        ([{"title": "A", "depends_on": [2]}], "goals[0].depends_on", "no goal"),
        ([{"titel": "A"}], "goals[0]", "titel"),
        ([{}], "goals[0]", "no title"),
        ([5], "goals[0].title", "no text"),
        (["A", " "], "goals[1].title", "no text"),
        (["A", None], "goals[1]", "no title"),
        ([["A"]], "goals[0].title", "no text"),
        ([{"title": "A", "id": "a b"}], "goals[0].id", "no id"),
        ([{"title": "A", "id": "x"}, {"title": "B", "id": "x"}], "goals[1]", "another goal"),
        ([{"title": "A", "priority": "hgih"}], "goals[0].priority", "no priority"),
        ([{"title": "A", "priority": True}], "goals[0].priority", "no priority"),
        ([{"title": "A", "effort": -1}], "goals[0].effort", "no effort"),
        ([{"title": "A", "effort": "soon"}], "goals[0].effort", "no effort"),
        (["A"] * 201, "goals", "more than 200"),
        (True, "goals[0].title", "no text"),
    ],
)
def test_wrong_goals_are_refused_with_their_place_and_without_their_text(goals: Json, where: str, says: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        goals_of(goals)
    error = caught.value
    assert error.where == f"parameter '{where}'"
    assert says in error.message
    assert error.remedy
    assert "Bluebird" not in f"{error} {error.remedy}"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=14))
def test_goals_are_put_in_order_or_the_circle_is_named(edges: list[tuple[int, int]]) -> None:
    items: Json = [
        {"title": f"G{place}", "depends_on": [low for low, high in edges if high == place]} for place in range(1, 9)
    ]
    try:
        goals = goals_of(items)
    except RefusedInput as error:
        circle = error.message.rpartition(": ")[2].split(" → ")
        assert circle[0] == circle[-1]
        pairs = {(f"goal-{low}", f"goal-{high}") for low, high in edges}
        assert all((needed, goal) in pairs for goal, needed in pairwise(circle))
        return
    places = {goal.id: place for place, goal in enumerate(goals)}
    assert len(places) == len(goals) == 8
    assert all(places[f"goal-{low}"] < places[f"goal-{high}"] for low, high in edges)
