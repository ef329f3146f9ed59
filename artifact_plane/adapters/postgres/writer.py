"""The writer of a process: whatever is queued goes into one transaction (group commit), which is one statement.

A lone change does not wait for company. While one group is on its way the next one gathers. Two changes that touch
the same thing go one after the other, so that the second is compared with what the first has made of it. A change
that is refused has no part in the transaction; where the database cannot take a value, each change is tried in a
transaction of its own, so that a failure is nobody else's.

When the connection is lost before the answer came, nobody knows what became of the group. It is sent again on a new
connection: what was recorded is known by its change id, and is answered with the position that it has.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import asyncpg
import attrs

from artifact_plane.adapters.postgres.change_rows import ChangeRows
from artifact_plane.adapters.postgres.connections import Connection, closed, connected
from artifact_plane.adapters.postgres.database import WHERE, persistent
from artifact_plane.adapters.postgres.errors import DRIVER_ERRORS, gave_way, is_about_values, is_away, translated
from artifact_plane.adapters.postgres.recording import Outcome, record
from artifact_plane.adapters.postgres.settings import PostgresSettings
from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable
from artifact_plane.ports.ledger import Committed


@attrs.frozen(eq=False)
class _Job:
    """A change to write, about how large it is, and who waits for it."""

    rows: ChangeRows
    weight: int
    done: asyncio.Future[Committed]

    def deliver(self, outcome: Outcome) -> None:
        """Tell the waiter, if there still is one."""
        if self.done.done():
            return
        if isinstance(outcome, Committed):
            self.done.set_result(outcome)
        else:
            self.done.set_exception(outcome)


class Writer:
    """Takes changes from one event loop and sends them group by group over one connection."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings: Final = settings
        self._queue: Final[deque[_Job]] = deque()
        self._connection: Connection | None = None
        self._working: asyncio.Task[None] | None = None
        self._writing: list[_Job] = []
        self._away: ArtifactPlaneError | None = None
        self._in_doubt = False
        self._closed = False

    async def submit(self, rows: ChangeRows, weight: int) -> Committed:
        """Record the change; durable when this returns.

        A caller that is cancelled leaves a change that is recorded or not; one whose turn has not come is let go.

        Raises:
            ArtifactPlaneError: as ``Ledger.commit`` says.
        """
        if self._closed:
            raise Unavailable("the record store was closed", where=WHERE, remedy="open it again", retryable=False)
        job = _Job(rows, weight, asyncio.get_running_loop().create_future())
        self._queue.append(job)
        if self._working is None:
            self._begin()
        try:
            return await job.done
        except asyncio.CancelledError:
            with suppress(ValueError):  # it is on its way
                self._queue.remove(job)
            raise

    async def close(self) -> None:
        """Let everything that is queued be written, and close the connection."""
        self._closed = True
        while self._working is not None:
            await asyncio.wait([self._working])
            await asyncio.sleep(0)  # what ends a task's work is called in the turn after
        if self._connection is not None:
            await closed(self._connection)

    async def _work(self) -> None:
        """Write groups until nothing is queued; those who came in the same turn of the loop are of the first."""
        while group := self._gathered():
            self._writing = group
            outcomes = await self._outcomes([job.rows for job in group])
            for job, outcome in zip(group, outcomes, strict=True):
                job.deliver(outcome)
            self._writing = []
            if self._away is not None:
                self._refuse_the_rest(self._away)

    def _refuse_the_rest(self, away: ArtifactPlaneError) -> None:
        """The database stayed away for the whole deadline: who has waited behind this group waits no longer."""
        self._away = None
        while self._queue:
            self._queue.popleft().deliver(away)

    def _end(self, worked: asyncio.Task[None]) -> None:
        """Begin anew with what came meanwhile; whatever else went wrong, nobody is left waiting."""
        self._working = None
        error = None if worked.cancelled() else worked.exception()
        for job in self._writing:
            if error is None or job.done.done():
                job.done.cancel()
            else:
                job.done.set_exception(error)
        self._writing = []
        if self._queue and not worked.cancelled():
            self._begin()

    def _begin(self) -> None:
        self._working = asyncio.create_task(self._work(), name="postgres writer")
        self._working.add_done_callback(self._end)

    def _gathered(self) -> list[_Job]:
        """The next group: as many as fit, and do not touch what another of them writes; the others keep their turn."""
        group: list[_Job] = []
        passed: list[_Job] = []
        size = 0
        written: set[tuple[str, str, str]] = set()
        read: set[tuple[str, str, str]] = set()
        while self._queue and len(group) < self._settings.group and len(passed) < self._settings.group:
            job = self._queue.popleft()
            if job.done.done():  # its caller was cancelled
                continue
            rows = job.rows
            fits = not group or size + job.weight <= self._settings.group_bytes
            if fits and _apart(rows, written, read):
                group.append(job)
                size += job.weight
            else:
                passed.append(job)
            written |= rows.writes
            read |= rows.reads
        self._queue.extendleft(reversed(passed))
        return group

    async def _outcomes(self, group: Sequence[ChangeRows]) -> Sequence[Outcome]:
        """What becomes of each change of a group; never raises but for a fault of this program."""
        try:
            return await self._persistently(group)
        except DRIVER_ERRORS as error:
            if is_about_values(error) and len(group) > 1:
                return [(await self._outcomes([change]))[0] for change in group]
            if _is_unknown(error):
                self._away = translated(error, WHERE)
            explain = _unknown if self._in_doubt else partial(translated, error, WHERE)
            return [_caused(explain(), error) for _ in group]

    async def _persistently(self, group: Sequence[ChangeRows]) -> Sequence[Outcome]:
        """Send the group until its answer is known, or the deadline is over."""
        self._in_doubt = False
        try:
            return await self._sent(group)
        except DRIVER_ERRORS as error:
            if not _worth_repeating(error):
                raise
        async for attempt in persistent(self._settings.deadline, _worth_repeating):
            with attempt:
                return [_as_first(one) for one in await self._sent(group)]
        raise AssertionError("repeating ends with an answer or an error")

    async def _sent(self, group: Sequence[ChangeRows]) -> Sequence[Outcome]:
        connection = await self._ready()
        before, self._in_doubt = self._in_doubt, True
        try:
            outcomes = await record(group, connection)
            self._in_doubt = False
            return outcomes
        except DRIVER_ERRORS as error:
            if not isinstance(error, asyncpg.PostgresError) or is_away(error):
                self._drop()
            else:
                self._in_doubt = before  # the server says that nothing came of what was sent this time
            raise

    async def _ready(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connected(self._settings)
        return self._connection

    def _drop(self) -> None:
        """The connection may be in the middle of something; a new one is not."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _apart(rows: ChangeRows, written: set[tuple[str, str, str]], read: set[tuple[str, str, str]]) -> bool:
    """Whether a change touches nothing that others write, and writes nothing that others read."""
    return rows.writes.isdisjoint(written) and rows.writes.isdisjoint(read) and rows.reads.isdisjoint(written)


def _as_first(outcome: Outcome) -> Outcome:
    """An answer to what was sent for the second time: that it was recorded before was this writer's own doing."""
    return attrs.evolve(outcome, repeated=False) if isinstance(outcome, Committed) else outcome


def _worth_repeating(error: Exception) -> bool:
    return _is_unknown(error) or gave_way(error)


def _unknown() -> ArtifactPlaneError:
    return Unavailable(
        "the database did not answer in time, so nobody knows whether the change was recorded",
        where=WHERE,
        remedy="ask again under the same id or the same idempotency key: nothing is recorded twice",
    )


def _caused(error: ArtifactPlaneError, cause: Exception) -> ArtifactPlaneError:
    error.__cause__ = cause
    return error


def _is_unknown(error: Exception) -> bool:
    """Whether the server did not say what became of the group: its change ids will tell on another connection."""
    return is_away(error) or isinstance(error, TimeoutError)
