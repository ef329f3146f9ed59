"""A procedure in Markdown becomes a workflow: every numbered item is a step, joined as the text says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms.journey.process import MAX_STEPS, Step, Workflow
from artifact_plane.adapters.realms.journey.sop_reader import read_sop
from artifact_plane.ports.realm import RefusedInput

WHERE = "attachment 'sop'"


def read(text: str) -> Workflow:
    return read_sop(text, WHERE, lambda: None)


def step(workflow: Workflow, identifier: str) -> Step:
    return next(one for one in workflow.steps if one.id == identifier)


def conditions(workflow: Workflow, identifier: str) -> dict[str, str]:
    return {one.condition: one.target for one in workflow.branches if one.source == identifier}


HANDBOOK = """\
---
cover: assets/cover.png
description: What to do when a claim is lost. And more.
---
Read this first.

!!! note "Documentation"
    This is how a table is shown,

    <table>
      <tr><td>1. not a step</td></tr>
    </table>

## Steps for Claims Lead

1. Open the call.
    * Anyone may join.
    * If you cannot join, send somebody.

1. Name a scribe.

    ```
    1. not a step either
    ```

1. Close the call.

## Steps for Scribe

* Invite everybody.
    1. The team.
    1. The broker.

1. Write the log.
"""


def test_lists_that_say_1_everywhere_are_counted_on_and_bullets_are_their_details() -> None:
    workflow = read(HANDBOOK)
    assert [one.id for one in workflow.steps] == [f"step-{number}" for number in range(1, 7)]
    assert [one.number for one in workflow.steps] == ["1", "2", "3", "1", "2", "1"]
    assert step(workflow, "step-1").details == ("Anyone may join.", "If you cannot join, send somebody.")


def test_front_matter_html_admonitions_and_code_hold_no_steps() -> None:
    workflow = read(HANDBOOK)
    assert not any("not a step" in one.name for one in workflow.steps)
    assert workflow.title == "What to do when a claim is lost"


def test_a_rule_at_the_top_of_a_document_is_not_taken_for_front_matter() -> None:
    assert [one.name for one in read("---\n\n1. First\n\n---\n\n1. Second").steps] == ["First", "Second"]


def test_numbered_items_of_an_admonition_are_steps() -> None:
    assert [one.name for one in read('!!! tip "Do"\n    1. First\n    2. Second\n').steps] == ["First", "Second"]


def test_each_section_is_a_sequence_of_its_own_and_a_warning_says_so() -> None:
    workflow = read(HANDBOOK)
    assert workflow.starts == ("step-1", "step-4")
    assert step(workflow, "step-3").next == ()
    assert "2 separate sequences" in workflow.warnings[0]


def test_a_section_that_counts_on_continues_the_one_before() -> None:
    workflow = read("## A\n\n1. One\n2. Two\n\n## B\n\n3. Three\n")
    assert step(workflow, "step-2").next == ("step-3",)
    assert workflow.starts == ("step-1",)


def test_nested_items_follow_the_item_they_belong_to() -> None:
    workflow = read("1. One\n   1. Inner\n   2. Inmost\n2. Two\n")
    assert {one.id: one.next for one in workflow.steps} == {
        "step-1": ("step-1-1",),
        "step-1-1": ("step-1-2",),
        "step-1-2": ("step-2",),
        "step-2": (),
    }
    assert step(workflow, "step-1-2").parent == "step-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("If it is late, go to step 3; otherwise go to step 2.", {"it is late": "step-3", "otherwise": "step-2"}),
        ("If it is late, go to step 3.", {"it is late": "step-3", "otherwise": "step-2"}),
        ("Go back to step 1 if it is late.", {"it is late": "step-1", "otherwise": "step-2"}),
        ("Unless it is paid → step 3", {"unless it is paid": "step-3", "otherwise": "step-2"}),
        ("Is it late?\n   - Yes: go to step 3\n   - No: go to step 1", {"yes": "step-3", "no": "step-1"}),
        ("Check it.\n   * If yes, continue with step 3.\n   * If not, stop here.", {"yes": "step-3"}),
        ("If it is late, write to them.", {"it is late": "step-2"}),
    ],
)
def test_the_ways_out_of_a_decision_are_read_from_its_sentences(text: str, expected: dict[str, str]) -> None:
    workflow = read(f"1. {text}\n2. Two\n3. Three\n")
    assert step(workflow, "step-1").kind == "decision"
    assert conditions(workflow, "step-1") == expected
    assert step(workflow, "step-1").next == tuple(dict.fromkeys(expected.values()))


def test_a_decision_with_parts_leads_into_them_or_past_them() -> None:
    workflow = read("1. If a paper is missing:\n   1. Ask for it.\n2. Two\n")
    assert conditions(workflow, "step-1") == {"a paper is missing": "step-1-1", "otherwise": "step-2"}


def test_a_hint_among_the_details_does_not_make_a_decision() -> None:
    assert read("1. Ask them.\n   * If in doubt, ask again.\n2. Two").steps[0].kind == "task"


def test_a_task_may_jump_or_end_the_process() -> None:
    workflow = read("1. Ask, then go to step 3.\n2. Two. The process ends here.\n3. Three\n")
    assert step(workflow, "step-1").next == ("step-3",)
    assert step(workflow, "step-2").next == ()
    assert step(workflow, "step-2").ends_when == "always"


def test_a_conditional_end_is_no_way_to_another_step() -> None:
    workflow = read("1. If it is paid, end the process.\n2. Two\n")
    assert step(workflow, "step-1").ends_when == "it is paid"
    assert conditions(workflow, "step-1") == {"otherwise": "step-2"}


def test_a_decision_at_the_end_ends_the_process_where_it_says_nothing_else() -> None:
    last = step(read("1. One\n2. If it fails, go to step 1.\n"), "step-2")
    assert (last.next, last.ends_when) == (("step-1",), "otherwise")


def test_a_jump_to_a_step_that_does_not_exist_is_a_warning_that_names_the_line() -> None:
    workflow = read("1. One\n2. Go to step 9.\n3. Three")
    assert step(workflow, "step-2").next == ("step-3",)
    assert "line 2" in workflow.warnings[0]


def test_a_jump_stays_in_its_own_section_where_numbers_repeat() -> None:
    workflow = read("## A\n1. One\n2. Two\n\n## B\n1. Three\n2. If late, go to step 1.\n3. Four\n")
    assert conditions(workflow, "step-4") == {"late": "step-3", "otherwise": "step-5"}


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        ("**Claims handler:** Register it.", "Claims handler", "Register it."),
        ("Claims handler: Register it.", "Claims handler", "Register it."),
        ("Register it. (Claims handler)", "Claims handler", "Register it."),
        ("The claims handler registers it.", "Claims handler", "The claims handler registers it."),
        ("Register it.\n   Role: Night shift", "Night shift", "Register it."),
        ("Register it.\n   - **Responsible:** Night shift", "Night shift", "Register it."),
        ("**Bad deployment:** Roll it back.", None, "Bad deployment: Roll it back."),
        ("Notify manager: it is late.", None, "Notify manager: it is late."),
        ("Register it (see above).", None, "Register it (see above)."),
    ],
)
def test_a_role_is_found_where_the_text_names_one(text: str, role: str | None, name: str) -> None:
    found = read(f"1. {text}\n").steps[0]
    assert (found.role, found.name) == (role, name)


def test_a_heading_or_a_label_beneath_it_gives_the_role_of_its_steps() -> None:
    workflow = read(
        "## Steps for Scribe\n1. Write\n\n## Paying\n**Role:** Cash desk\n\n1. Pay\n\n## Closing a case\n1. Close"
    )
    assert [one.role for one in workflow.steps] == ["Scribe", "Cash desk", None]


def test_declared_roles_are_known_and_one_role_has_one_name() -> None:
    workflow = read(
        "## Roles\n- **Intake** – takes it\n\n## Do\n1. intake: Take it.\n2. The intake checks it.\n3. INTAKE: End"
    )
    assert workflow.roles == ("Intake",)
    assert {one.role for one in workflow.steps} == {"Intake"}


def test_parts_are_done_by_whoever_does_the_step_unless_they_name_another() -> None:
    workflow = read("1. Claims handler: Do\n   1. Write\n   2. Nurse: Look\n")
    assert [one.role for one in workflow.steps] == ["Claims handler", "Claims handler", "Nurse"]


@pytest.mark.parametrize("text", ["", "  \n\t\n", "# Only a heading", "* a bullet", "```\n1. code\n```", "1.no space"])
def test_a_text_without_numbered_items_is_refused_and_says_so(text: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        read(text)
    assert WHERE in str(caught.value)
    assert "number" in (caught.value.remedy or "")


def test_too_many_items_and_too_much_nesting_are_refused_with_the_line() -> None:
    with pytest.raises(RefusedInput, match=f"line {MAX_STEPS + 1}"):
        read("1. a\n" * (MAX_STEPS + 1))
    with pytest.raises(RefusedInput, match=r"line \d+: lists and quotations are nested deeper"):
        read("".join(f"{'   ' * depth}1. a\n" for depth in range(60)))


def test_errors_and_warnings_do_not_repeat_the_text() -> None:
    workflow = read("1. Go to step 77, tell nobody about Bluebird.\n")
    assert workflow.warnings and "Bluebird" not in "".join(workflow.warnings)
    for refused in ("Bluebird", "".join(f"{'   ' * depth}1. Bluebird\n" for depth in range(60))):
        with pytest.raises(RefusedInput) as caught:
            read(refused)
        assert "Bluebird" not in f"{caught.value} {caught.value.remedy}"


def test_control_characters_do_not_reach_a_name() -> None:
    assert read("1. a\x1b[31mb\u2028c\n").steps[0].name == "a [31mb c"


# Words that mean nothing to the reader, so that only the structure counts.
WORDS = st.sampled_from(["pay", "write down", "`1. code`", "**bold**", "look at [it](x)", "2024", "e.g. 3. this"])


@st.composite
def outlines(draw: st.DrawFn, depth: int = 0) -> tuple[str, int]:
    """A Markdown list, perhaps with lists in it, and the number of its numbered items."""
    numbered = draw(st.booleans())
    restart = draw(st.booleans())
    lines, count = [], 0
    for position in range(1, draw(st.integers(1, 4)) + 1):
        marker = f"{1 if restart else position}. " if numbered else "- "
        lines.append(marker + draw(WORDS))
        count += numbered
        if depth < 3 and draw(st.integers(0, 3)) == 0:
            inner, inside = draw(outlines(depth=depth + 1))
            lines.append("\n".join(f"{'   ' if numbered else '  '}{line}" for line in inner.split("\n")))
            count += inside
    return "\n".join(lines), count


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["# H\n\n", "## Steps for Clerk\n\n", "A paragraph.\n\n"]), outlines())))
def test_the_number_of_steps_is_the_number_of_numbered_items(parts: list[tuple[str, tuple[str, int]]]) -> None:
    text = "\n\n".join(between + outline for between, (outline, _) in parts)
    expected = sum(count for _, (_, count) in parts)
    try:
        assert len(read(text).steps) == expected
    except RefusedInput:
        assert expected == 0


JUMPS = ("go to step 2", "go back to step 1.1;", "→ step 3", "- no: go to step 9\n", "stop here.", "   1. inner\n")
CONDITIONS = ("If late,", "unless paid", "otherwise", "yes:", "1.", "2. ", "\n")
CLERKS = ("Clerk:", "(Clerk)", "Role: Clerk\n", "The clerk pays")
SENTENCES = st.lists(st.sampled_from((*JUMPS, *CONDITIONS, *CLERKS)), max_size=30).map(" ".join)


@settings(deadline=None)
@given(SENTENCES | st.text(max_size=200))
def test_whatever_the_text_says_each_way_leads_to_a_step_that_exists(text: str) -> None:
    try:
        workflow = read(f"1. {text}\n2. Two\n")
    except RefusedInput:
        return
    ids = {one.id for one in workflow.steps}
    assert len(ids) == len(workflow.steps)
    assert {target for one in workflow.steps for target in one.next} <= ids
    assert set(workflow.starts) <= ids
    assert all(branch.target in step(workflow, branch.source).next for branch in workflow.branches)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_and_what_is_read_comes_back_from_its_payload(text: str) -> None:
    try:
        workflow = read(text)
    except RefusedInput:
        return
    assert Workflow.from_payload(workflow.to_payload(), "here") == workflow
