"""What a roadmap and a solution hold, told from their payloads alone."""

from __future__ import annotations

import pytest

from artifact_plane.adapters.realms.outcomes.goals import in_order, read_goals
from artifact_plane.adapters.realms.outcomes.poc import draw_poc
from artifact_plane.adapters.realms.outcomes.request import Request
from artifact_plane.adapters.realms.outcomes.roadmap import draw_roadmap
from artifact_plane.adapters.realms.outcomes.solution import draw_solution
from artifact_plane.domain.model.json import Json, JsonObject
from artifact_plane.ports.realm import ArtifactReading, RefusedInput
from tests.adapters.realms.outcomes_stage import BLUEPRINT


def request(goals: Json) -> Request:
    return Request(title=None, goals=in_order(read_goals(goals)), evidence=())


def roadmap(goals: Json) -> dict[str, Json]:
    return draw_roadmap(request(goals))


def poc(goals: Json) -> dict[str, Json]:
    return draw_poc(request(goals))


def solution(artifact_type: str, payload: JsonObject) -> dict[str, Json]:
    return draw_solution(
        ArtifactReading(artifact_id="x", version=1, artifact_type=artifact_type, labels=(), semantic_payload=payload)
    )


def column(payload: JsonObject, key: str, name: str) -> list[Json]:
    listed = payload[key]
    assert isinstance(listed, list)
    return [one[name] for one in listed]


def test_a_roadmap_can_be_drawn_as_a_process_of_its_phases() -> None:
    drawn = roadmap([{"title": "A"}, {"title": "B", "depends_on": "A"}, {"title": "C", "depends_on": 1}])
    assert column(drawn, "steps", "id") == column(drawn, "phases", "id") == ["phase-1", "phase-2"]
    assert column(drawn, "steps", "next") == [["phase-2"], []]


def test_a_phase_has_an_effort_only_where_each_of_its_goals_states_one() -> None:
    goals: Json = [{"title": "A", "effort": 2}, {"title": "B", "effort": 3}, {"title": "C", "depends_on": [1, 2]}]
    assert column(roadmap(goals), "phases", "effort_days") == [5.0, None]


def test_each_phase_ends_in_a_milestone_that_says_how_to_tell() -> None:
    assert roadmap(["Pay", "Close"])["milestones"] == [
        {
            "id": "milestone-1",
            "phase": "phase-1",
            "name": "Pay and 1 more – done",
            "criteria": ["Reached: Pay", "Reached: Close"],
        }
    ]


def test_a_poc_tries_the_first_goals_and_leaves_the_others_out() -> None:
    tried = poc([f"G{number}" for number in range(1, 6)])
    assert tried["scope"] == {"in": ["G1", "G2", "G3"], "out": ["G4", "G5"], "artifacts": []}
    assert column(tried, "plan", "starts_after") == [None, "plan-1", "plan-2", "plan-3", "plan-4"]


def test_stated_effort_bounds_a_poc() -> None:
    exits = poc([{"title": "A", "effort": "2 weeks"}, {"title": "B", "effort": 2.5}])["exit_criteria"]
    assert isinstance(exits, list)
    assert "Stop after 25 days" in exits[-1]


def test_a_solution_keeps_the_order_of_a_roadmap_and_names_what_is_open() -> None:
    goals: Json = [{"title": "Pay", "effort": 5, "owner": "Desk"}, {"title": "Close", "depends_on": ["Pay"]}]
    made = solution("roadmap", roadmap(goals))
    assert column(made, "work_packages", "starts_after") == [None, "package-1"]
    assert column(made, "work_packages", "contents") == [["Pay"], ["Close"]]
    assert column(made, "work_packages", "done_when") == ["Pay – done", "Close – done"]
    assert made["open_points"] == ["The effort is not stated: Close", "Nobody is named as owner: Close"]


def test_a_solution_from_a_blueprint_leaves_open_what_the_changes_do_not_settle() -> None:
    made = solution("blueprint", BLUEPRINT)
    assert made["open_points"] == ["3 steps without a role"]
    assert made["acceptance_criteria"] == ["Handovers: from 7 to 4"]
    assert column(made, "work_packages", "contents") == [["Sum up – it computes by a rule"]]


@pytest.mark.parametrize("artifact_type", ["roadmap", "poc", "blueprint"])
def test_an_artifact_of_the_type_that_says_nothing_is_refused(artifact_type: str) -> None:
    with pytest.raises(RefusedInput, match="holds nothing"):
        solution(artifact_type, {"name": "roadmap.pdf", "size": 5})
