"""Deciding: a ruling with its explanation, beside the least that Python can do for the same answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, TypeAlias

from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.use_cases.policies import Policies
from benchmarks.harness import MICROSECONDS, Figure, alternating, at_most, compared
from benchmarks.harness import median_duration as duration
from benchmarks.places import folder
from benchmarks.plane import Ours, opened, origins_of
from benchmarks.samples import TENANT, meaning
from benchmarks.scale import MIB, Scale

Trace: TypeAlias = list[str]

_DECISIONS_A_ROUND: Final = 20_000
_POLICY: Final = {
    "materialization_policy": {
        "workflow": "persist",
        "visual": [
            {"when": {"bytes": {"over": 20 * MIB}}, "decision": "discard"},
            {"when": {"labels": ["draft", "scratch"]}, "decision": "cache"},
            {"when": {"media_type": ["image/png", "text/*"]}, "decision": "discard"},
            {"when": {"intent_type": ["preview"]}, "decision": "cache"},
            {"when": {"realm": ["insights"], "regenerable": True}, "decision": "discard"},
            {"decision": "persist"},
        ],
    }
}
_SUBJECTS: Final = tuple(
    Subject(
        result_type="visual",
        realm=("content", "insights")[number % 2],
        intent_type="visualize",
        tenant_id=TENANT,
        solution_id="default",
        labels=frozenset({"draft"} if number % 5 == 0 else {"final"}),
        media_type=("image/svg+xml", "image/png", "application/pdf")[number % 3],
        size=(30 * MIB, 1_000, 8_000, 64_000)[number % 4],
        regenerable=number % 4 == 1,
    )
    for number in range(120)
)
_TABLE: Final = {"workflow": "persist", "visual": "persist"}
_RULINGS: Final = {"persist": ("persist", "solution override"), "discard": ("discard", "platform default")}


async def measure(scale: Scale) -> list[Figure]:
    """The policy comes from the profile's own source, as a solution's override would."""
    with folder() as place:
        async with opened(place / "home", policy=_POLICY) as ours:
            policy = await Policies(ours.adapters.policies, ours.adapters.records.state).in_force(TENANT, "default")
            return [
                await _plain_type(policy, scale),
                await _five_rules(policy, scale),
                await _share_of_a_create(policy, ours, scale),
            ]


async def _plain_type(policy: MaterializationPolicy, scale: Scale) -> Figure:
    subjects = [Subject(result_type="workflow", tenant_id=TENANT, solution_id="default")] * 100
    names = [subject.result_type for subject in subjects]
    rounds = _DECISIONS_A_ROUND // len(subjects)

    async def raw() -> float:
        began = perf_counter()
        for _ in range(rounds):
            for name in names:
                _RULINGS[_TABLE[name]]
        return (perf_counter() - began) / rounds / len(names)

    raw_times, our_times = await alternating(scale.rounds, raw, lambda: _decided(policy.decide, subjects))
    work, note = "decide, a type without conditions", "raw: two dict look-ups"
    return compared(work, "µs", at_most(5.0), raw_times, our_times, scale=MICROSECONDS, note=note)


async def _five_rules(policy: MaterializationPolicy, scale: Scale) -> Figure:
    check_agreement(policy)
    raw_times, our_times = await alternating(
        scale.rounds, lambda: _decided(plain_rules, _SUBJECTS), lambda: _decided(policy.decide, _SUBJECTS)
    )
    work, note = "decide, five attribute rules", "raw: one function with a trace"
    return compared(work, "µs", at_most(5.0), raw_times, our_times, scale=MICROSECONDS, note=note)


async def _share_of_a_create(policy: MaterializationPolicy, ours: Ours, scale: Scale) -> Figure:
    origins = await origins_of(ours)
    documents = [meaning(number) for number in range(scale.creates)]

    async def create() -> float:
        return await duration(lambda number: ours.create(documents[number], origins), len(documents))

    async def build_and_decide() -> float:
        return await _decided(lambda name: policy.decide(_subject(name)), ["visual"] * 100)

    create_times, decide_times = await alternating(scale.rounds, create, build_and_decide)
    work, note = "build a subject and decide", "raw: our durable create of 8 KiB"
    return compared(work, "µs", at_most(0.02), create_times, decide_times, scale=MICROSECONDS, note=note)


async def _decided(decide: Callable[..., object], subjects: Sequence[object]) -> float:
    """Seconds that one decision takes."""
    rounds = _DECISIONS_A_ROUND // len(subjects)
    began = perf_counter()
    for _ in range(rounds):
        for subject in subjects:
            decide(subject)
    return (perf_counter() - began) / rounds / len(subjects)


def _subject(result_type: str) -> Subject:
    return Subject(
        result_type=result_type,
        realm="content",
        intent_type="visualize",
        tenant_id=TENANT,
        solution_id="default",
        labels=frozenset(("final",)),
        media_type="image/svg+xml",
        size=1_000,
    )


def plain_rules(subject: Subject) -> tuple[str, str, Trace]:
    """The five rules as one writes them by hand: the decision, the rule, and which rules were tried."""
    trace: Trace = []
    trace.append("bytes over 20 MiB")
    if subject.size is not None and subject.size > 20 * MIB:
        return "discard", "visual[1]", trace
    trace.append("labels draft or scratch")
    if "draft" in subject.labels or "scratch" in subject.labels:
        return "cache", "visual[2]", trace
    trace.append("media type image/png or text/*")
    media_type = subject.media_type
    if media_type is not None and (media_type == "image/png" or media_type.startswith("text/")):
        return "discard", "visual[3]", trace
    trace.append("intent type preview")
    if subject.intent_type == "preview":
        return "cache", "visual[4]", trace
    trace.append("realm insights and regenerable")
    if subject.realm == "insights" and subject.regenerable:
        return "discard", "visual[5]", trace
    trace.append("otherwise")
    return "persist", "visual[6]", trace


def check_agreement(policy: MaterializationPolicy) -> None:
    """Both must say the same, or the comparison says nothing."""
    for subject in _SUBJECTS:
        assert policy.decide(subject).decision.value == plain_rules(subject)[0]
