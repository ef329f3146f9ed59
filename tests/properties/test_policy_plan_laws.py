"""The laws of planning: every part has one step, every meaning is kept unless denied, and a plan is only a value."""

from __future__ import annotations

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.domain.model.decision import Basis, Layer, Role
from artifact_plane.domain.model.intent import ExecutionContext
from artifact_plane.domain.model.plan import Draft, OutputPlan, plan
from artifact_plane.domain.model.rendering import SEMANTIC_PART, BytesSource, Renderable, Rendered
from artifact_plane.domain.model.result import Output
from tests.properties.policies import LABELS, PERSIST, VIEWS, Texts, denied, governs, texts

many = settings(max_examples=100, deadline=None)
codec = JsonCodec()

views = st.lists(
    st.builds(
        lambda name, size: (
            Renderable(name=name, renderer="r", format="f")
            if size is None
            else Rendered(name=name, media_type="image/png", source=BytesSource(b"x" * size))
        ),
        st.sampled_from([*VIEWS, "svg", "md"]),
        st.none() | st.integers(0, 14),
    ),
    max_size=4,
    unique_by=lambda view: view.name,
)


@st.composite
def drafts(draw: st.DrawFn) -> tuple[Draft, ...]:
    """What a realm gave back, its meanings in canonical form."""
    keys = draw(st.lists(st.sampled_from(["one", "two", "three"]), unique=True))
    made = []
    for key in keys:
        output = Output(
            result_type=draw(st.sampled_from(["a", "b", "unlisted"])),
            semantic_payload={"key": key, "filler": "x" * draw(st.integers(0, 3))},
            renderings=tuple(draw(views)),
            labels=tuple(draw(st.lists(st.sampled_from(LABELS), unique=True))),
        )
        media_types = {view.name: "image/png" for view in output.renderings}
        meaning = codec.meaning(output.semantic_payload)
        made.append(Draft(key=key, output=output, meaning=meaning, media_types=media_types))
    return tuple(made)


contexts = st.builds(
    ExecutionContext,
    tenant_id=st.sampled_from(["t", "u"]),
    solution_id=st.sampled_from(["s", "o"]),
    intent_type=st.sampled_from(["i", "j"]),
    realm=st.sampled_from(["r", "q"]),
)
bases = st.sampled_from([Basis.RESULT, Basis.EXPLICIT])


@many
@given(texts, drafts(), contexts, bases)
def test_there_is_one_step_for_each_part(
    policy: Texts, given: tuple[Draft, ...], context: ExecutionContext, basis: Basis
) -> None:
    """The meaning's first, then each view's in its order; nothing is left out, nothing is ruled twice."""
    made = plan(given, policy.compiled(), context, basis=basis)
    assert [output.key for output in made.outputs] == sorted(draft.key for draft in given)
    for output in made.outputs:
        names = [view.name for view in output.output.renderings]
        assert [step.part for step in output.steps] == [SEMANTIC_PART, *names]
        assert [step.role for step in output.steps] == [Role.SEMANTIC, *[Role.RENDERING] * len(names)]


@many
@given(texts, drafts(), contexts, bases)
def test_no_plan_drops_a_meaning_except_under_a_denial(
    policy: Texts, given: tuple[Draft, ...], context: ExecutionContext, basis: Basis
) -> None:
    """Law 8: whatever the ruling on the output and its renderings."""
    for output in plan(given, policy.compiled(), context, basis=basis).outputs:
        step = output.steps[0]
        forbidden = any(PERSIST in denied(rule) and governs(rule, step.subject) for rule in policy.denials)
        assert (step.ruling.decision is PERSIST) is not forbidden
        assert (step.ruling.layer is Layer.DENIAL) is forbidden
        assert not step.needs_size


@many
@given(texts, drafts(), contexts, bases)
def test_a_plan_is_pure(policy: Texts, given: tuple[Draft, ...], context: ExecutionContext, basis: Basis) -> None:
    """The same arguments give the same plan, in whatever order they come."""
    made = plan(given, policy.compiled(), context, basis=basis)
    assert plan(given, policy.compiled(), context, basis=basis) == made
    assert plan(tuple(reversed(given)), policy.compiled(), context, basis=basis) == made


@many
@given(texts, drafts(), contexts, bases)
def test_every_step_is_what_the_policy_decides(
    policy: Texts, given: tuple[Draft, ...], context: ExecutionContext, basis: Basis
) -> None:
    """About the facts the step shows; where the size is needed, once it is known."""
    compiled = policy.compiled()
    made = plan(given, compiled, context, basis=basis)
    assert made.policy_digest == compiled.digest
    for step in (step for output in made.outputs for step in output.steps):
        if step.needs_size:
            assert compiled.needs_size(step.subject)
            assert step.outcomes == compiled.outcomes(step.subject)
            assert step.ruling == step.outcomes[0][1]
        else:
            assert step.ruling == compiled.decide(step.subject)
        for size in (0, 3, 13):
            settled = step.settled(compiled, size)
            assert not settled.needs_size
            assert settled.ruling == compiled.decide(attrs.evolve(step.subject, size=size))


@many
@given(texts, drafts(), contexts)
def test_the_facts_of_a_step_are_those_of_its_part(
    policy: Texts, given: tuple[Draft, ...], context: ExecutionContext
) -> None:
    """Type, labels and context of the output; name, media type, size and regenerability of the part."""
    for output in plan(given, policy.compiled(), context).outputs:
        assert all(_belongs(output, context, index) for index in range(len(output.steps)))
        for step, view in zip(output.steps[1:], output.output.renderings, strict=True):
            regenerable = isinstance(view, Renderable)
            size = None if isinstance(view, Renderable) else view.source.size
            assert (step.subject.rendering, step.subject.regenerable) == (view.name, regenerable)
            assert (step.subject.size, step.subject.media_type) == (size, "image/png")


def _belongs(output: OutputPlan, context: ExecutionContext, index: int) -> bool:
    subject = output.steps[index].subject
    shared = attrs.asdict(context)
    return (
        subject.result_type == output.output.result_type
        and subject.labels == frozenset(output.output.labels)
        and all(getattr(subject, fact) == shared[fact] for fact in ("tenant_id", "solution_id", "realm", "intent_type"))
    )
