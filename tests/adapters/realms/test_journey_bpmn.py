"""A BPMN 2.0 diagram becomes a workflow: every flow node is a step under its own id; what is unsafe is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.realms.journey.bpmn_reader import read_bpmn
from artifact_plane.adapters.realms.journey.process import Step, Workflow
from artifact_plane.ports.realm import RefusedInput

WHERE = "attachment 'bpmn'"
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"

CLAIMS = f"""<?xml version="1.0" encoding="UTF-8"?>
<b:definitions xmlns:b="{MODEL}" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="defs">
  <b:collaboration id="c">
    <b:participant id="insurer" name="Insurer" processRef="main"/>
    <b:participant id="person" name="Claimant" processRef="other"/>
    <b:participant id="bank" name="Bank"/>
    <b:messageFlow id="m1" name="notice" sourceRef="report" targetRef="begin"/>
    <b:messageFlow id="m2" sourceRef="pay" targetRef="bank"/>
  </b:collaboration>
  <b:process id="main">
    <b:laneSet id="lanes">
      <b:lane id="lane1" name="Handler">
        <b:flowNodeRef>register</b:flowNodeRef>
        <b:flowNodeRef> covered </b:flowNodeRef>
      </b:lane>
      <b:lane id="lane2" name="Back office">
        <b:flowNodeRef>assess</b:flowNodeRef>
        <b:childLaneSet id="inner-lanes">
          <b:lane id="lane3" name="Cash desk"><b:flowNodeRef>pay</b:flowNodeRef></b:lane>
        </b:childLaneSet>
      </b:lane>
    </b:laneSet>
    <b:startEvent id="begin"><b:messageEventDefinition id="d1"/></b:startEvent>
    <b:userTask id="register" name="Register&#10;the claim">
      <b:documentation>Within a day.</b:documentation>
    </b:userTask>
    <b:exclusiveGateway id="covered" name="Covered?" default="f5"/>
    <b:subProcess id="assess" name="Assess">
      <b:startEvent id="in-start"/>
      <b:scriptTask id="compute" name="Compute"/>
      <b:endEvent id="in-end"/>
      <b:sequenceFlow id="i1" sourceRef="in-start" targetRef="compute"/>
      <b:sequenceFlow id="i2" sourceRef="compute" targetRef="in-end"/>
    </b:subProcess>
    <b:boundaryEvent id="late" attachedToRef="assess"><b:timerEventDefinition id="d2"/></b:boundaryEvent>
    <b:sendTask id="pay" name="Pay"/>
    <b:manualTask id="file" name="File it"/>
    <b:callActivity id="refuse" name="Refuse"/>
    <b:endEvent id="end"/>
    <b:sequenceFlow id="f1" sourceRef="begin" targetRef="register"/>
    <b:sequenceFlow id="f2" sourceRef="register" targetRef="covered"/>
    <b:sequenceFlow id="f3" name="yes" sourceRef="covered" targetRef="assess"/>
    <b:sequenceFlow id="f4" sourceRef="covered" targetRef="register">
      <b:conditionExpression>${{amount &gt; 1}}</b:conditionExpression>
    </b:sequenceFlow>
    <b:sequenceFlow id="f5" sourceRef="covered" targetRef="refuse"/>
    <b:sequenceFlow id="f6" sourceRef="assess" targetRef="pay"/>
    <b:sequenceFlow id="f7" sourceRef="late" targetRef="file"/>
    <b:sequenceFlow id="f8" sourceRef="pay" targetRef="end"/>
    <b:sequenceFlow id="f9" sourceRef="refuse" targetRef="end"/>
  </b:process>
  <b:process id="other"><b:task id="report" name="Report"/></b:process>
  <di:BPMNDiagram id="register"/>
</b:definitions>
"""

TASKS = {"register", "compute", "pay", "file", "refuse", "report"}


def read(text: str) -> Workflow:
    return read_bpmn(text, WHERE, lambda: None)


def in_process(inside: str) -> str:
    return f'<definitions xmlns="{MODEL}">\n<process id="p">\n{inside}\n</process>\n</definitions>'


def step(workflow: Workflow, identifier: str) -> Step:
    return next(one for one in workflow.steps if one.id == identifier)


def refusal(text: str) -> RefusedInput:
    with pytest.raises(RefusedInput) as caught:
        read(text)
    return caught.value


def test_every_task_of_every_pool_and_subprocess_is_a_step_under_its_own_id() -> None:
    workflow = read(CLAIMS)
    assert {one.id for one in workflow.steps if one.kind == "task"} == TASKS
    assert {one.id: one.kind for one in workflow.steps if one.kind != "task"} == {
        "begin": "start",
        "covered": "decision",
        "assess": "subprocess",
        "in-start": "start",
        "in-end": "end",
        "late": "event",
        "end": "end",
    }


def test_next_follows_the_sequence_flows_and_leads_to_boundary_events() -> None:
    workflow = read(CLAIMS)
    assert step(workflow, "covered").next == ("assess", "register", "refuse")
    assert step(workflow, "assess").next == ("pay", "late")
    assert step(workflow, "compute").parent == "assess"
    assert workflow.starts == ("begin", "in-start", "report")


def test_conditions_come_from_names_expressions_defaults_and_events() -> None:
    assert {(one.source, one.target): one.condition for one in read(CLAIMS).branches} == {
        ("covered", "assess"): "yes",
        ("covered", "register"): "${amount > 1}",
        ("covered", "refuse"): "otherwise",
        ("assess", "late"): "on Timer boundary event",
    }


def test_roles_come_from_the_innermost_lane_and_else_from_the_pool() -> None:
    workflow = read(CLAIMS)
    roles = {one.id: one.role for one in workflow.steps}
    assert (roles["register"], roles["pay"], roles["compute"]) == ("Handler", "Cash desk", "Back office")
    assert roles["report"] == "Claimant"
    assert roles["file"] is None


def test_names_are_plain_lines_and_documentation_is_kept() -> None:
    assert step(read(CLAIMS), "register").name == "Register the claim"
    assert step(read(CLAIMS), "register").details == ("Within a day.",)
    assert step(read(CLAIMS), "begin").name == "Message start event"


def test_message_flows_are_noted_but_are_no_ways() -> None:
    workflow = read(CLAIMS)
    assert [(one["from_name"], one["name"], one["to_name"]) for one in workflow.messages] == [
        ("Report", "notice", "Message start event"),
        ("Pay", None, "Bank"),
    ]
    assert step(workflow, "report").next == ()


def test_the_prefix_of_the_namespace_does_not_matter() -> None:
    other = CLAIMS.replace("b:", "bpmn2:").replace("xmlns:b=", "xmlns:bpmn2=")
    bare = CLAIMS.replace("<b:", "<").replace("</b:", "</").replace("xmlns:b=", "xmlns=")
    assert read(CLAIMS) == read(other) == read(bare)


def test_a_throwing_link_leads_to_the_catching_link_of_the_same_name() -> None:
    workflow = read(
        in_process(
            '<task id="a"/><intermediateThrowEvent id="t"><linkEventDefinition name="L"/></intermediateThrowEvent>'
            '<intermediateCatchEvent id="c"><linkEventDefinition name="L"/></intermediateCatchEvent>'
            '<sequenceFlow id="f" sourceRef="a" targetRef="t"/>'
        )
    )
    assert step(workflow, "t").next == ("c",)


def test_a_gateway_that_is_silent_about_a_way_is_warned_of() -> None:
    assert "1 gateway" in read(CLAIMS.replace(' name="yes"', "")).warnings[0]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", "", "empty"),
        ("<process/>", "line 1, column 1", "not a BPMN"),
        ("<definitions/>", "line 1, column 1", "not a BPMN"),
        ("<a>\n  <b></a>", "line 2, column 8", "well-formed"),
        ("no xml", "line 1, column 1", "well-formed"),
        ("<a>&lt;&other;</a>", "line 1, column 8", "well-formed"),
        (in_process(""), "line 1, column 1", "no task"),
        (in_process("<task name='x'/>"), "line 3, column 1", "no id"),
        (in_process("<task id='x'/>\n<task id='x'/>"), "line 4, column 1", "twice"),
        (
            in_process("<task id='x'/>\n<sequenceFlow id='f' sourceRef='x' targetRef='y'/>"),
            "line 4, column 1",
            "targetRef",
        ),
        (in_process("<task id='x'/>\n<sequenceFlow id='f' targetRef='x'/>"), "line 4, column 1", "sourceRef"),
        (in_process("<task id='x'/>\n<boundaryEvent id='b' attachedToRef='y'/>"), "line 4, column 1", "attached"),
        (in_process("<subProcess id='s'>" * 120), "line 3, column", "nested deeper"),
        ("<a>" * 100_000, "line 1, column", "nested deeper"),
        (in_process("<x/>" * 200_001), "line 3, column", "more than 200000 elements"),
        (in_process("".join(f"<task id='t{n}'/>" for n in range(5_001))), "line 3, column", "more than 5000 steps"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(text: str, place: str, says: str) -> None:
    error = refusal(text)
    assert (error.where or "").startswith(", ".join(filter(None, (WHERE, place))))
    assert says in error.message
    assert error.remedy


LAUGHS = "<!DOCTYPE lolz [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS + "]>",
        "<!DOCTYPE definitions>",
        "<!DOCTYPE d SYSTEM 'http://127.0.0.1/evil.dtd'>",
        "<!DOCTYPE d [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE d [<!ENTITY % outside SYSTEM 'http://127.0.0.1/x'> %outside;]>",
    ],
)
def test_document_types_entities_and_external_references_are_refused(prolog: str) -> None:
    error = refusal(prolog + in_process("<documentation>&i;&secret;</documentation><task id='x'/>"))
    assert "document type" in error.message
    assert "line 1" in (error.where or "")


def test_errors_do_not_repeat_the_content() -> None:
    error = refusal(in_process("<task id='Bluebird'/><task id='Bluebird' name='Bluebird'/>"))
    assert "Bluebird" not in f"{error} {error.remedy}"


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "<task id='a'/>",
            "<task id='b'/>",
            "<subProcess id='s'>",
            "</subProcess>",
            "<endEvent id='e'/>",
            "<startEvent id='o'/>",
            "<exclusiveGateway id='g'/>",
            "<boundaryEvent id='v' attachedToRef='a'/>",
            "<laneSet><lane name='L'><flowNodeRef>a</flowNodeRef></lane></laneSet>",
            "<!-- x --><![CDATA[y]]>&#65;<?p i?>",
            *(
                f"<sequenceFlow id='{s}{t}' sourceRef='{s}' targetRef='{t}'/>"
                for s, t in ("ab", "ba", "ag", "ga", "se")
            ),
        ]
    ),
    max_size=14,
).map("".join)


@settings(deadline=None)
@given(FRAGMENTS.map(in_process) | st.text(max_size=200) | st.text(alphabet="<>/ab ='&;!?[]\n", max_size=80))
def test_any_text_is_read_or_refused_and_each_way_leads_to_a_step(text: str) -> None:
    try:
        workflow = read(text)
    except RefusedInput:
        return
    ids = {one.id for one in workflow.steps}
    assert {target for one in workflow.steps for target in one.next} <= ids
    assert set(workflow.starts) <= ids
    assert all(branch.target in step(workflow, branch.source).next for branch in workflow.branches)
    assert Workflow.from_payload(workflow.to_payload(), "here").steps == workflow.steps
