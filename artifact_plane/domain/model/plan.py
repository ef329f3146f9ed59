"""The plan: what will become of every part of a result, before anything is done. Pure and printable.

A dry run shows it; the runtime carries it out. One step per part; every meaning is kept unless a denial removes it.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from artifact_plane.domain.model.artifact import MEANING_MEDIA_TYPE
from artifact_plane.domain.model.decision import Basis, Role, Ruling, Subject
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import SEMANTIC_PART, Digest, Renderable, Rendering
from artifact_plane.domain.model.result import Output


@attrs.frozen(kw_only=True)
class Meaning:
    """A semantic payload in its canonical form: the bytes that are stored, and their digest (law 8)."""

    data: bytes = attrs.field(repr=False)
    digest: Digest

    @property
    def size(self) -> int:
        """Bytes of the canonical form."""
        return len(self.data)


@attrs.frozen(kw_only=True)
class Step:
    """What is ruled about one part. ``rendering`` is None for the meaning.

    ``outcomes`` is not empty where the part's size must be known first: then ``ruling`` is what holds for the
    smallest size, and ``outcomes`` are (size in bytes, ruling) pairs, one for each ruling that is possible.
    """

    part: str
    role: Role
    media_type: str
    subject: Subject
    ruling: Ruling
    rendering: Rendering | None = None
    outcomes: tuple[tuple[int, Ruling], ...] = ()

    @property
    def needs_size(self) -> bool:
        """Whether it must be rendered to scratch before it can be ruled on (law 10)."""
        return bool(self.outcomes)

    def settled(self, policy: MaterializationPolicy, size: int) -> Step:
        """The same step once the size is known."""
        subject = attrs.evolve(self.subject, size=size)
        return attrs.evolve(self, subject=subject, ruling=policy.decide(subject), outcomes=())


@attrs.frozen(kw_only=True)
class OutputPlan:
    """The steps for one output, the meaning's first, and the ruling on the output as a whole."""

    key: str
    output: Output
    meaning: Meaning
    whole: Ruling
    steps: tuple[Step, ...]


@attrs.frozen(kw_only=True)
class Plan:
    """The plan for a result, output by output in the order of their keys."""

    policy_digest: str
    outputs: tuple[OutputPlan, ...]


@attrs.frozen(kw_only=True)
class Draft:
    """An output whose meaning has been put into its canonical form, and media types of its views by name."""

    key: str
    output: Output
    meaning: Meaning
    media_types: Mapping[str, str]


def plan(
    drafts: tuple[Draft, ...], policy: MaterializationPolicy, context: ExecutionContext, *, basis: Basis = Basis.RESULT
) -> Plan:
    """Rule on every part of every output; the same arguments always give the same plan."""
    ordered = sorted(drafts, key=lambda draft: draft.key)
    outputs = tuple(_plan_output(draft, policy, _facts(draft, context, basis)) for draft in ordered)
    return Plan(policy_digest=policy.digest, outputs=outputs)


def _facts(draft: Draft, context: ExecutionContext, basis: Basis) -> Subject:
    """The facts of an output as a whole, from which those of its parts follow."""
    return Subject(
        result_type=draft.output.result_type,
        basis=basis,
        realm=context.realm,
        intent_type=context.intent_type,
        tenant_id=context.tenant_id,
        solution_id=context.solution_id,
        labels=frozenset(draft.output.labels),
        media_type=MEANING_MEDIA_TYPE,
        size=draft.meaning.size,
        regenerable=all(isinstance(rendering, Renderable) for rendering in draft.output.renderings),
    )


def _plan_output(draft: Draft, policy: MaterializationPolicy, whole: Subject) -> OutputPlan:
    meaning = attrs.evolve(whole, role=Role.SEMANTIC, basis=Basis.MEANING, regenerable=False)
    steps = [
        Step(
            part=SEMANTIC_PART,
            role=Role.SEMANTIC,
            media_type=MEANING_MEDIA_TYPE,
            subject=meaning,
            ruling=policy.decide(meaning),
        )
    ]
    steps += [_step(rendering, draft, policy, whole) for rendering in draft.output.renderings]
    return OutputPlan(
        key=draft.key, output=draft.output, meaning=draft.meaning, whole=policy.decide(whole), steps=tuple(steps)
    )


def _step(rendering: Rendering, draft: Draft, policy: MaterializationPolicy, whole: Subject) -> Step:
    media_type = draft.media_types[rendering.name]
    renderable = isinstance(rendering, Renderable)
    subject = attrs.evolve(
        whole,
        role=Role.RENDERING,
        rendering=rendering.name,
        media_type=media_type,
        size=None if isinstance(rendering, Renderable) else rendering.source.size,
        regenerable=renderable,
    )
    outcomes = policy.outcomes(subject) if subject.size is None else ()
    return Step(
        part=rendering.name,
        role=Role.RENDERING,
        media_type=media_type,
        subject=subject,
        ruling=outcomes[0][1] if outcomes else policy.decide(subject),
        rendering=rendering,
        outcomes=outcomes if len(outcomes) > 1 else (),
    )
