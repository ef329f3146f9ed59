"""From a BPMN 2.0 diagram to a workflow: every flow node is a step, under the id that it has in the diagram.

``next`` follows the sequence flows, and leads from an activity to the boundary events attached to it and from a
link event to its counterpart. What is inside a subprocess names it as ``parent``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from artifact_plane.adapters.realms.journey.bpmn_model import KIND_OF, MODEL, Model, Node, is_model, read_model
from artifact_plane.adapters.realms.journey.conditions import OTHERWISE
from artifact_plane.adapters.realms.journey.process import Branch, Step, Workflow, roles_of
from artifact_plane.adapters.realms.journey.xml_reader import Element, read_xml
from artifact_plane.adapters.realms.prose import one_line, plural
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.ports.realm import RefusedInput

_MAX_TITLE: Final = 120
_MAX_CONDITION: Final = 160
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_bpmn(text: str, where: str, checkpoint: Callable[[], None]) -> Workflow:
    """The workflow that the diagram ``text`` shows; ``where`` names the attachment in errors.

    Raises:
        RefusedInput: it is empty, no well-formed XML, no BPMN 2.0, unsafe, too large, or leads nowhere somewhere;
            ``where`` says the line and the column.
    """
    if not text.strip():
        raise RefusedInput("it is empty", where=where, remedy="attach a BPMN 2.0 diagram")
    return _Builder(read_model(read_xml(text, where, checkpoint), where)).workflow()


@attrs.frozen
class _Way:
    """From a node to another one; ``condition`` None where the diagram says none."""

    source: str
    target: str
    condition: str | None


class _Builder:
    """Joins the nodes of one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._ways: dict[str, list[_Way]] = {}
        self._entered: set[str] = set()
        for way in (*_flows(model), *_boundaries(model), *_links(model)):
            self._ways.setdefault(way.source, []).append(way)
            self._entered.add(way.target)

    def workflow(self) -> Workflow:
        roles: dict[str, str | None] = {}
        steps = tuple(self._step(node, roles) for node in self._model.nodes.values())
        return Workflow(
            title=_title(self._model),
            summary=_documentation(self._model.root),
            source_format="bpmn",
            steps=steps,
            starts=tuple(self._starts()),
            branches=tuple(self._branches()),
            roles=tuple(dict.fromkeys((*self._model.lanes.values(), *roles_of(steps)))),
            warnings=tuple(self._warnings()),
            messages=tuple(_message(self._model, flow) for flow in self._model.messages),
        )

    def _step(self, node: Node, roles: dict[str, str | None]) -> Step:
        inherited = roles.get(node.parent) if node.parent else None
        host = node.element.get("attachedToRef") or ""
        lanes = self._model.lanes
        role = lanes.get(node.id) or lanes.get(host) or inherited or (one_line(node.pool) if node.pool else None)
        roles[node.id] = role
        documentation = _documentation(node.element)
        return Step(
            id=node.id,
            name=_name(node),
            kind=KIND_OF[node.tag],
            role=role,
            next=tuple(dict.fromkeys(way.target for way in self._ways.get(node.id, ()))),
            type=node.tag,
            parent=node.parent,
            details=(documentation,) if documentation else (),
        )

    def _branches(self) -> Iterator[Branch]:
        for ways in self._ways.values():
            for way in ways:
                if way.condition:
                    yield Branch(source=way.source, target=way.target, condition=way.condition)

    def _starts(self) -> Iterator[str]:
        """Where each process and subprocess begins: its start events, or else what nothing leads to."""
        nodes = self._model.nodes.values()
        with_start = {node.scope for node in nodes if node.tag == "startEvent"}
        for node in nodes:
            begins_alone = node.scope not in with_start or _begins_by_itself(node)
            if node.tag == "startEvent" or (begins_alone and node.id not in self._entered):
                yield node.id

    def _warnings(self) -> Iterator[str]:
        silent = sum(self._is_silent(node) for node in self._model.nodes.values())
        if silent:
            yield f"{plural(silent, 'gateway')} with several ways out: a way without a condition"

    def _is_silent(self, node: Node) -> bool:
        ways = self._ways.get(node.id, [])
        chooses = node.tag in ("exclusiveGateway", "inclusiveGateway") and len(ways) > 1
        return chooses and not all(way.condition for way in ways)


def _flows(model: Model) -> Iterator[_Way]:
    defaults = {node.element.get("default") for node in model.nodes.values()} - {None}
    for flow in model.flows:
        expression = next((part.text for part in flow.parts if is_model(part, "conditionExpression")), "")
        stated = one_line(flow.get("name") or expression, _MAX_CONDITION)
        condition = stated or (OTHERWISE if flow.get("id") in defaults else None)
        yield _Way(flow.attributes["sourceRef"], flow.attributes["targetRef"], condition)


def _boundaries(model: Model) -> Iterator[_Way]:
    for node in model.nodes.values():
        if node.tag == "boundaryEvent":
            yield _Way(node.element.attributes["attachedToRef"], node.id, f"on {_name(node)}")


def _links(model: Model) -> Iterator[_Way]:
    """From each throwing link event to the catching one of the same name in its scope."""
    links = [(node, link.get("name")) for node in model.nodes.values() if (link := node.part("linkEventDefinition"))]
    catching = {(node.scope, name): node.id for node, name in links if node.tag == "intermediateCatchEvent"}
    for node, name in links:
        target = catching.get((node.scope, name))
        if target and node.tag == "intermediateThrowEvent":
            yield _Way(node.id, target, None)


def _begins_by_itself(node: Node) -> bool:
    """Whether something else than a sequence flow sets it off: an event subprocess, a compensation handler."""
    return "true" in (node.element.get("triggeredByEvent"), node.element.get("isForCompensation"))


def _name(node: Node) -> str:
    given = one_line(node.element.get("name") or "")
    if given:
        return given
    words = _CAPITAL.sub(" ", node.tag).lower()
    definition = node.definition()
    return " ".join(filter(None, (definition, words))).capitalize()


def _documentation(element: Element) -> str | None:
    parts = (part.text for part in element.parts if part.namespace == MODEL and part.tag == "documentation")
    return next((text for part in parts if (text := one_line(part))), None)


def _title(model: Model) -> str:
    """The name of the diagram, or of the first process or pool that has one."""
    named = [model.root, *(part for part in model.root.walk() if is_model(part, "process"))]
    names = [*(element.get("name") for element in named), *model.participants.values()]
    return next((text for name in names if name and (text := one_line(name, _MAX_TITLE))), "Process")


def _message(model: Model, flow: Element) -> JsonObject:
    source, target = flow.attributes["sourceRef"], flow.attributes["targetRef"]
    name = one_line(flow.get("name") or "") or None
    return {
        "from": source,
        "to": target,
        "name": name,
        "from_name": _end(model, source),
        "to_name": _end(model, target),
    }


def _end(model: Model, identifier: str) -> str | None:
    node = model.nodes.get(identifier)
    return _name(node) if node else one_line(model.participants.get(identifier) or "") or None
