"""Realms that raise what nobody expects: the run fails, with words that every store takes, and is not run again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

import pytest

from artifact_plane.domain.model.errors import ExecutionFailed, InvalidInput
from artifact_plane.domain.model.execution import ExecutionState
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.rendering import ByteSource, Rendered
from artifact_plane.domain.model.result import Output, RealmResult
from artifact_plane.domain.use_cases.limits import Limits
from artifact_plane.ports.realm import ArtifactReader, RefusedInput
from tests.unit.runs.stage import HOMES, executions, process
from tests.unit.stage import TENANT, an_intent, staged


class Wordless(Exception):
    """Has nothing to say, and says so badly."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unreadable(ByteSource):
    """Bytes that cannot be read, for a reason of their own."""

    @property
    def size(self) -> int | None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        raise LookupError("no such page")


def half_a_character() -> NoReturn:
    raise ValueError(f"cannot parse {os.fsdecode(b'caf' + bytes([0xE9]) + b'.csv')} or a\0b")


def wordless() -> NoReturn:
    raise Wordless


def a_book() -> NoReturn:
    raise ValueError("word " * 1_000_000)


def refused_in_odd_words() -> NoReturn:
    raise RefusedInput("it is \udce9", where="line \udce9", remedy="mend \0 it")


def leaving() -> NoReturn:
    sys.exit(3)


async def cancelled_inside() -> NoReturn:
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task
    raise AssertionError


async def cancelling_itself() -> NoReturn:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(60)
    raise AssertionError


def unreadable() -> RealmResult:
    view = Rendered(name="scan", media_type="image/png", source=Unreadable())
    return RealmResult(artifacts={"note": Output(result_type="note", semantic_payload={}, renderings=(view,))})


def no_outputs() -> RealmResult:
    return RealmResult(artifacts={"note": {"not": "an output"}})  # type: ignore[dict-item]


ODD: Final[tuple[tuple[Callable[[], object], str, str], ...]] = (
    (half_a_character, "execution_failed", "ValueError: cannot parse caf\N{REPLACEMENT CHARACTER}.csv"),
    (wordless, "execution_failed", "Wordless, which has no words"),
    (a_book, "execution_failed", "word word …"),
    (refused_in_odd_words, "invalid_input", "it is \N{REPLACEMENT CHARACTER}"),
    (leaving, "execution_failed", "SystemExit: 3"),
    (cancelled_inside, "execution_failed", "CancelledError"),
    (cancelling_itself, "execution_failed", "cancelled the task that ran it"),
    (unreadable, "execution_failed", "LookupError: no such page"),
    (no_outputs, "execution_failed", "AttributeError"),
)


@pytest.mark.parametrize("profile", HOMES)
@pytest.mark.parametrize(("odd", "code", "words"), ODD, ids=lambda one: getattr(one, "__name__", ""))
async def test_whatever_a_realm_raises_its_run_fails_once_with_words_that_can_be_kept(
    odd: Callable[[], object], code: str, words: str, profile: str, tmp_path: Path
) -> None:
    """Law 23: nothing of it stays RUNNING, to be taken over for ever."""
    calls: list[str] = []

    async def handler(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        calls.append(intent.intent_id)
        result = odd()
        return await result if asyncio.iscoroutine(result) else result  # type: ignore[return-value]

    home = HOMES[profile](tmp_path / "home")
    async with process(home, {"make": handler}) as application:
        await asyncio.wait_for(application.runtime.execute(an_intent()), 60)
        assert await application.runtime.recover() == ()
    execution = (await executions(home))["i1"]
    assert execution.state is ExecutionState.FAILED
    assert execution.failure is not None
    assert execution.failure.code == code
    assert words.removesuffix("…") in execution.failure.message
    assert len(execution.failure.message) < 2_200
    assert calls == ["i1"]


async def test_a_dry_run_says_it_in_the_same_words(tmp_path: Path) -> None:
    """The boundary is the realm's, not the record's."""

    async def refusing(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        return refused_in_odd_words()

    async def leaves(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        return leaving()

    async with process(HOMES["memory"](tmp_path), {"make": refusing, "leave": leaves}) as application:
        with pytest.raises(InvalidInput) as caught:
            await application.runtime.dry_run(an_intent())
        assert (caught.value.message, caught.value.where) == ("it is \ufffd", "line \ufffd")
        with pytest.raises(ExecutionFailed, match="SystemExit"):
            await application.runtime.dry_run(an_intent("leave"))


async def test_a_realm_that_hides_its_time_limit_fails_all_the_same() -> None:
    """What comes after the limit is of no account, be it a result."""

    async def stubborn(intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return RealmResult()
        raise AssertionError

    async with staged({"make": stubborn}, limits=Limits(realm_seconds=0.01)) as stage:
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert "time limit" in result.execution.failure.message


class Deaf:
    """A realm's handler that ends when it is told so here, and heeds no cancellation."""

    def __init__(self) -> None:
        self.begun: Final = asyncio.Event()
        self.may_end: Final = asyncio.Event()

    async def __call__(self, intent: Intent, context: ExecutionContext, reader: ArtifactReader) -> RealmResult:
        self.begun.set()
        while not self.may_end.is_set():
            with suppress(asyncio.CancelledError):
                await self.may_end.wait()
        return RealmResult()


@asynccontextmanager
async def within(seconds: float, handler: Deaf) -> AsyncIterator[None]:
    """What is done inside ends in that time without the realm's doing; the realm is let go afterwards."""
    late = asyncio.get_running_loop().call_later(seconds, handler.may_end.set)
    try:
        yield
        assert not handler.may_end.is_set()
    finally:
        late.cancel()
        handler.may_end.set()
        await asyncio.sleep(0)


async def test_a_realm_that_does_not_heed_its_time_limit_keeps_nobody_waiting() -> None:
    """It is left to itself: the run has failed."""
    deaf = Deaf()
    async with staged({"make": deaf}, limits=Limits(realm_seconds=0.01)) as stage, within(60, deaf):
        result = await stage.application.runtime.execute(an_intent())
        assert result.execution.failure is not None
        assert "time limit" in result.execution.failure.message


async def test_a_realm_that_does_not_heed_being_cancelled_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Neither those who wait for an execution that is cancelled, nor the end of its process."""
    for end in ("cancel", "close"):
        deaf, home = Deaf(), HOMES["memory"](tmp_path)
        async with within(60, deaf):
            async with process(home, {"make": deaf}) as application:
                started = await application.runtime.start(an_intent())
                await deaf.begun.wait()
                if end == "cancel":
                    waiting = asyncio.create_task(application.runtime.execute(an_intent()))
                    await application.runtime.cancel(started.execution.execution_id, TENANT)
                    assert (await waiting).execution.state is ExecutionState.CANCELLED
            state = (await executions(home))["i1"].state
            assert state is (ExecutionState.CANCELLED if end == "cancel" else ExecutionState.RUNNING)
