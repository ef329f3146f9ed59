"""The StateSurface's law: execution state as last committed, and who is alive."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import ClassVar

import attrs
import pytest

from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.execution import Execution
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.policy_document import (
    Choice,
    PolicyDocument,
    RetentionClass,
    Rule,
    RuleTable,
)
from tests.contracts.under_test import RecordStoreUnderTest
from tests.doubles.samples import (
    HOLDER,
    NOW,
    OTHER_TENANT,
    TENANT,
    a_change,
    a_policy_document,
    a_policy_record,
    a_reference,
    a_request,
    an_artifact,
    an_attachment,
    an_execution,
    at,
    completed,
    failed,
    running,
)

A_RICH_POLICY = PolicyDocument(
    platform=a_policy_document().platform,
    override=RuleTable(
        origin="claims.yaml",
        entries={
            "visual": (
                Rule(
                    name="visual[0]",
                    source="claims.yaml:4:7",
                    choice=Choice(decision=MaterializationDecision.CACHE, ttl="session"),
                    when=Condition(
                        result_types=frozenset({"visual", "sop"}),
                        realms=frozenset({"journey"}),
                        intent_types=frozenset({"visualize"}),
                        tenants=frozenset({"acme"}),
                        solutions=frozenset({"claims"}),
                        labels=frozenset({"draft", "pii"}),
                        media_types=frozenset({"image/*"}),
                        over=0,
                        under=2**40,
                        regenerable=False,
                    ),
                    renderings={"pdf": Choice(decision=MaterializationDecision.PERSIST, retention="client-records")},
                ),
                Rule(
                    name="visual[1]",
                    source="claims.yaml:9:7",
                    choice=Choice(decision=MaterializationDecision.CACHE, ttl=900),
                ),
            ),
            "*": (Rule(name="*", source="a:1:1", choice=Choice(decision=MaterializationDecision.DISCARD)),),
        },
    ),
    governance=(
        GovernanceRule(
            name="pii-stays-out",
            when=Condition(labels=frozenset({"pii"})),
            reason="no PII at rest",
            source="governance.yaml:2:5",
            deny=frozenset({MaterializationDecision.PERSIST, MaterializationDecision.CACHE}),
            on=frozenset({"renderings"}),
        ),
        GovernanceRule(
            name="keep-audit",
            when=Condition(),
            reason="audit",
            source="governance.yaml:3:5",
            require=MaterializationDecision.PERSIST,
        ),
    ),
    retention={"client-records": RetentionClass(name="client-records", keep=220_752_000, source="claims.yaml:20:3")},
    cache_ttl=60,
)


async def committed(store: RecordStoreUnderTest, *executions: Execution) -> None:
    """Commit each write in a change of its own, in order."""
    for execution in executions:
        await store.ledger.commit(a_change(execution=execution))


async def numbered(store: RecordStoreUnderTest, count: int, session_id: str = "session-1", start: int = 0) -> list[str]:
    """So many accepted executions, one a second; their ids, oldest first, in no order of their own."""
    names = [f"e{number * 7919 % 1009:04d}" for number in range(start, start + count)]
    for number, name in enumerate(names, start):
        run = an_execution(name, intent_id=f"intent-{name}", session_id=session_id, created_at=at(number))
        await committed(store, run)
    return names


class StateSurfaceContract:
    """Subclass it and give the fixture ``store``."""

    lease: ClassVar[float] = 0.0
    """How many seconds after a holder's death it may still count as alive."""

    # Executions

    async def test_an_execution_reads_as_last_committed(self, store: RecordStoreUnderTest) -> None:
        """The execution as last committed, field for field, at each step of its way."""
        accepted = an_execution(attachments=[an_attachment(), an_attachment("data", b"a,b", kept=False)])
        done = completed(running(accepted), a_reference(an_artifact()))
        for execution in (accepted, running(accepted), done):
            await committed(store, execution)
            assert await store.state.execution(TENANT, "execution-1") == execution

    async def test_a_failure_keeps_its_cause(self, store: RecordStoreUnderTest) -> None:
        """A run that failed stays readable, with the cause."""
        accepted = an_execution()
        await committed(store, accepted, failed(accepted))
        read = await store.state.execution(TENANT, "execution-1")
        assert (read, read.failure) == (failed(accepted), failed(accepted).failure)

    async def test_an_absent_execution_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: this tenant has no such execution, though another may."""
        await committed(store, an_execution(tenant_id=OTHER_TENANT))
        for name in ("execution-1", "absent"):
            with pytest.raises(NotFound):
                await store.state.execution(TENANT, name)

    async def test_equal_ids_of_two_tenants_are_two_executions(self, store: RecordStoreUnderTest) -> None:
        """Tenant first."""
        await committed(store, an_execution(), an_execution(tenant_id=OTHER_TENANT))
        await committed(store, running(an_execution(tenant_id=OTHER_TENANT)))
        assert await store.state.execution(TENANT, "execution-1") == an_execution()

    async def test_the_latest_attempt_is_the_newest_execution_of_an_intent(self, store: RecordStoreUnderTest) -> None:
        """The newest execution of an intent, or None where the intent was never accepted."""
        assert await store.state.latest_attempt(TENANT, "intent-1") is None
        first, second = an_execution("z"), an_execution("a", attempt=2)
        await committed(store, first, failed(first), second)
        assert await store.state.latest_attempt(TENANT, "intent-1") == second
        assert await store.state.latest_attempt(OTHER_TENANT, "intent-1") is None

    async def test_the_tenth_attempt_is_later_than_the_ninth(self, store: RecordStoreUnderTest) -> None:
        """Attempts are numbers."""
        runs = [an_execution(f"execution-{number}", attempt=number) for number in range(1, 12)]
        for run in runs:
            await committed(store, run, failed(run))
        latest = await store.state.latest_attempt(TENANT, "intent-1")
        assert latest == failed(runs[-1])

    async def test_executions_are_listed_newest_first(self, store: RecordStoreUnderTest) -> None:
        """Newest first; a transition does not move one; the last page has no cursor."""
        names = await numbered(store, 5)
        await committed(store, running(await store.state.execution(TENANT, names[0])))
        first, cursor = await store.state.executions(TENANT, limit=3)
        second, end = await store.state.executions(TENANT, limit=2, after=cursor)
        assert [run.execution_id for run in (*first, *second)] == names[::-1]
        assert end is None

    async def test_executions_can_be_those_of_one_session(self, store: RecordStoreUnderTest) -> None:
        """Of one session if given, and of one tenant always."""
        await committed(store, an_execution("theirs", tenant_id=OTHER_TENANT, session_id="wanted"))
        await numbered(store, 3)
        wanted = await numbered(store, 3, "wanted", start=3)
        first, cursor = await store.state.executions(TENANT, session_id="wanted", limit=2)
        await numbered(store, 2, "wanted", start=10)
        second, end = await store.state.executions(TENANT, session_id="wanted", limit=2, after=cursor)
        assert [run.execution_id for run in (*first, *second)] == wanted[::-1]
        assert end is None

    @pytest.mark.parametrize("cursor", ["", "nonsense", "-1", "\x00", "\u0663", "9" * 400, "' OR 1=1 --"])
    async def test_what_is_no_cursor_is_refused(self, store: RecordStoreUnderTest, cursor: str) -> None:
        """InvalidInput: ``after`` is not a cursor of this store."""
        await numbered(store, 2)
        with pytest.raises(InvalidInput):
            await store.state.executions(TENANT, limit=1, after=cursor)

    async def test_the_unfinished_of_all_tenants_are_known_oldest_first(self, store: RecordStoreUnderTest) -> None:
        """All executions of all tenants that are not in a final state, oldest first."""
        names = ("c", "b", "a")
        runs = [an_execution(name, intent_id=name, created_at=at(number)) for number, name in enumerate(names)]
        theirs = an_execution("c", tenant_id=OTHER_TENANT, created_at=at(9))
        await committed(store, *runs, theirs)
        await committed(store, running(runs[2]), failed(runs[1]))
        other = await store.reopen()
        assert await other.state.unfinished() == (runs[0], running(runs[2]), theirs)

    async def test_the_unfinished_come_in_pages(self, store: RecordStoreUnderTest) -> None:
        """Each goes on after the last of the page before, whatever became of that one since."""
        runs = [an_execution(f"run-{number}", intent_id=f"intent-{number}") for number in range(5)]
        theirs = an_execution("run-0", tenant_id=OTHER_TENANT)
        await committed(store, *runs[:3], theirs, *runs[3:])
        first = await store.state.unfinished(limit=2)
        assert first == tuple(runs[:2])
        await committed(store, failed(runs[1]), failed(runs[0]))
        second = await store.state.unfinished(limit=2, after=first[-1])
        assert second == (runs[2], theirs)
        last = await store.state.unfinished(limit=3, after=second[-1])
        assert last == tuple(runs[3:])
        assert await store.state.unfinished(limit=3, after=last[-1]) == ()

    # Holders

    async def test_a_holder_is_alive_while_it_holds(self, store: RecordStoreUnderTest) -> None:
        """``hold`` announces this process, ``let_go`` ends it; repeating that has no effect."""
        other = await store.reopen()
        await store.state.hold(HOLDER)
        assert await store.state.is_alive(HOLDER)
        assert await other.state.is_alive(HOLDER)
        for _ in range(2):
            await store.state.let_go(HOLDER)
            assert not await store.state.is_alive(HOLDER)
            assert not await other.state.is_alive(HOLDER)

    async def test_an_unknown_holder_is_not_alive(self, store: RecordStoreUnderTest) -> None:
        """An unknown holder does not live."""
        await store.state.hold(HOLDER)
        assert not await store.state.is_alive("holder-2")
        assert not await store.state.is_alive("holder")

    async def test_the_death_of_a_holder_is_seen(self, store: RecordStoreUnderTest) -> None:
        """By every process that shares the store, at once or when the lease has run out, nobody letting go."""
        other = await store.reopen()
        await store.state.hold(HOLDER)
        await other.state.hold("holder-2")
        await store.die()
        deadline = time.monotonic() + self.lease
        while await other.state.is_alive(HOLDER) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert not await other.state.is_alive(HOLDER)
        assert await other.state.is_alive("holder-2")

    async def test_one_process_may_hold_several_names(self, store: RecordStoreUnderTest) -> None:
        """Letting one go leaves the others alive."""
        await store.state.hold(HOLDER)
        await store.state.hold("holder-2")
        await store.state.let_go(HOLDER)
        assert await store.state.is_alive("holder-2")

    # Requests

    async def test_a_request_reads_back_until_it_expires_and_for_its_tenant_alone(
        self, store: RecordStoreUnderTest
    ) -> None:
        """``request``: recorded with its change, free again from ``expires_at`` on."""
        asked = a_request(subject="artifact:a-1@1")
        await store.ledger.commit(a_change(an_artifact("a-1"), request=asked))
        other = await store.reopen()
        assert await other.state.request(TENANT, asked.key, NOW) == asked
        assert await other.state.request(TENANT, asked.key, asked.expires_at - timedelta(microseconds=1)) == asked
        assert await other.state.request(TENANT, asked.key, asked.expires_at) is None
        assert await other.state.request(OTHER_TENANT, asked.key, NOW) is None
        assert await other.state.request(TENANT, "key-2", NOW) is None

    # Policies

    async def test_a_policy_is_kept_under_its_digest(self, store: RecordStoreUnderTest) -> None:
        """The policy kept under its digest reads back as the same document (law 6)."""
        record = a_policy_record("blake3:rich", A_RICH_POLICY)
        await store.ledger.commit(a_change(policy=record))
        await store.ledger.commit(a_change(policy=a_policy_record()))
        other = await store.reopen()
        assert await other.state.policy("blake3:rich") == A_RICH_POLICY
        assert await other.state.policy(a_policy_record().digest) == a_policy_document()

    async def test_the_same_policy_again_is_one_policy(self, store: RecordStoreUnderTest) -> None:
        """Two runs, of two tenants even, under one policy keep it once."""
        for tenant in (TENANT, OTHER_TENANT):
            await store.ledger.commit(a_change(tenant_id=tenant, policy=a_policy_record()))
        assert (await store.backdoor.census())["policies"] == 1

    async def test_a_policy_that_nobody_recorded_is_not_found(self, store: RecordStoreUnderTest) -> None:
        """NotFound: no change recorded such a policy."""
        with pytest.raises(NotFound):
            await store.state.policy("blake3:absent")

    async def test_an_override_that_is_empty_is_not_one_that_is_absent(self, store: RecordStoreUnderTest) -> None:
        """An empty override and an absent one are two documents, and come back as such."""
        empty = attrs.evolve(a_policy_document(), override=RuleTable(origin="empty.yaml"))
        await store.ledger.commit(a_change(policy=a_policy_record("blake3:empty", empty)))
        await store.ledger.commit(a_change(policy=a_policy_record("blake3:none", a_policy_document())))
        assert (await store.state.policy("blake3:empty")).override == RuleTable(origin="empty.yaml")
        assert (await store.state.policy("blake3:none")).override is None
