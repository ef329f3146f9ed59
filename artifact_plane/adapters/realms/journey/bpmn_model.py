"""The elements of a BPMN 2.0 diagram that matter for a workflow, found and checked against one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.process import MAX_STEPS, MAX_WAYS
from artifact_plane.adapters.realms.journey.xml_reader import Element
from artifact_plane.adapters.realms.prose import one_line
from artifact_plane.ports.realm import RefusedInput

MODEL: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
"""The namespace of BPMN 2.0, under whatever prefix."""

KIND_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "task",
            "userTask",
            "serviceTask",
            "manualTask",
            "scriptTask",
            "sendTask",
            "receiveTask",
            "businessRuleTask",
            "callActivity",
        ),
        "task",
    ),
    **dict.fromkeys(("subProcess", "transaction", "adHocSubProcess"), "subprocess"),
    **dict.fromkeys(
        ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway"), "decision"
    ),
    **dict.fromkeys(("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"), "event"),
    "startEvent": "start",
    "endEvent": "end",
}
"""The kind of step that each BPMN element is."""

_MAX_ID: Final = 256
_MAX_ROLE: Final = 120


@attrs.frozen(kw_only=True)
class Node:
    """A flow node; ``parent`` is the subprocess it is in, ``pool`` the participant of a process without lanes."""

    element: Element
    id: str
    parent: str | None
    scope: str
    pool: str | None

    @property
    def tag(self) -> str:
        """The BPMN element's name."""
        return self.element.tag

    def part(self, tag: str) -> Element | None:
        """The first direct part of that name."""
        return next((part for part in self.element.parts if is_model(part, tag)), None)

    def definition(self) -> str | None:
        """What an event waits for or throws, as in ``timer``."""
        ending = "EventDefinition"
        tags = (part.tag for part in self.element.parts if part.tag.endswith(ending))
        return next((tag.removesuffix(ending) for tag in tags), None)


@attrs.frozen(kw_only=True)
class Model:
    """All of one diagram, its references checked."""

    root: Element
    nodes: Mapping[str, Node]
    flows: tuple[Element, ...]
    lanes: Mapping[str, str]
    participants: Mapping[str, str | None]
    messages: tuple[Element, ...]


def is_model(element: Element, *tags: str) -> bool:
    """Whether it is a BPMN element of one of these names."""
    return element.namespace == MODEL and element.tag in tags


def read_model(root: Element, where: str) -> Model:
    """The model under ``root``; ``where`` names the attachment in errors.

    Raises:
        RefusedInput: it is not BPMN 2.0, an id is missing or there twice, a reference leads nowhere, there is no
            task or there are too many steps; ``where`` says the line and the column.
    """
    return _Reader(where).model(root)


@attrs.frozen
class _Reader:
    _where: str

    def model(self, root: Element) -> Model:
        if not is_model(root, "definitions"):
            raise self._refused(root, "it is XML, but not a BPMN 2.0 diagram", "attach BPMN 2.0 XML ('definitions')")
        self._refuse_repeated_ids(root)
        participants = [part for part in root.walk() if is_model(part, "participant")]
        laned = {part.get("id") for part in root.parts if any(is_model(inner, "laneSet") for inner in part.parts)}
        pools = {one: part.get("name") for part in participants if (one := part.get("processRef")) and one not in laned}
        nodes = {node.id: node for node in self._nodes(root, pools)}
        if not any(KIND_OF[node.tag] == "task" for node in nodes.values()):
            raise self._refused(root, "it has no task", "attach a diagram with at least one task in a process")
        model = Model(
            root=root,
            nodes=nodes,
            flows=tuple(part for part in root.walk() if is_model(part, "sequenceFlow")),
            lanes=_lanes(root),
            participants={one: part.get("name") for part in participants if (one := part.get("id"))},
            messages=tuple(part for part in root.walk() if is_model(part, "messageFlow")),
        )
        self._check_references(model)
        return model

    def _nodes(self, root: Element, pools: Mapping[str, str | None]) -> Iterator[Node]:
        elements = (found for process in root.parts if is_model(process, "process") for found in _in_scope(process))
        for count, (element, process, parent) in enumerate(elements, 1):
            if count > MAX_STEPS:
                raise self._refused(element, f"there are more than {MAX_STEPS} steps", "attach a part of it")
            yield Node(
                element=element,
                id=self._id(element),
                parent=parent,
                scope=parent or f"process at {process.line}:{process.column}",
                pool=pools.get(process.get("id") or ""),
            )

    def _id(self, element: Element) -> str:
        identifier = element.get("id")
        if identifier is None:
            raise self._refused(element, "a step has no id", "give each flow node an id of its own")
        return identifier

    def _refuse_repeated_ids(self, root: Element) -> None:
        seen: set[str] = set()
        for element in root.walk():
            identifier = element.get("id") if element.namespace == MODEL else None
            if identifier is None:
                continue
            if identifier in seen:
                raise self._refused(element, "its id is used twice", "give each element an id of its own")
            if len(identifier) > _MAX_ID:
                raise self._refused(element, f"an id is longer than {_MAX_ID} characters", "shorten it")
            seen.add(identifier)

    def _check_references(self, model: Model) -> None:
        if len(model.flows) + len(model.messages) > MAX_WAYS:
            raise self._refused(model.flows[-1], f"there are more than {MAX_WAYS} flows", "attach a part of it")
        for flow in model.flows:
            self._check_ends(flow, "sequence flow", model.nodes)
        ends = {*model.nodes, *model.participants}
        for message in model.messages:
            self._check_ends(message, "message flow", ends)
        for node in model.nodes.values():
            if node.tag == "boundaryEvent" and node.element.get("attachedToRef") not in model.nodes:
                text = "a boundary event is attached to an element that does not exist"
                raise self._refused(node.element, text, "attach it to an activity of the diagram")

    def _check_ends(self, flow: Element, what: str, known: Mapping[str, Node] | set[str]) -> None:
        for attribute in ("sourceRef", "targetRef"):
            if flow.get(attribute) not in known:
                text = f"the {attribute} of a {what} names an element that does not exist"
                raise self._refused(flow, text, "connect both of its ends")

    def _refused(self, element: Element, message: str, remedy: str) -> RefusedInput:
        place = f"{self._where}, line {element.line}, column {element.column}"
        return RefusedInput(message, where=place, remedy=remedy)


def _in_scope(process: Element) -> Iterator[tuple[Element, Element, str | None]]:
    """The flow nodes of a process, each with the process and the id of the subprocess that it is in."""
    waiting: list[tuple[Element, str | None]] = [(part, None) for part in reversed(process.parts)]
    while waiting:
        element, parent = waiting.pop()
        if not is_model(element, *KIND_OF):
            continue
        yield element, process, parent
        if KIND_OF[element.tag] == "subprocess":
            waiting.extend((part, element.get("id")) for part in reversed(element.parts))


def _lanes(root: Element) -> dict[str, str]:
    """The lane's name by flow node; the innermost lane with a name wins, since inner ones come later."""
    found: dict[str, str] = {}
    for lane in root.walk():
        if is_model(lane, "lane") and lane.get("name"):
            name = one_line(lane.get("name") or "", _MAX_ROLE)
            found |= {part.text.strip(): name for part in lane.parts if is_model(part, "flowNodeRef")}
    return found
