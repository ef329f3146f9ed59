"""The one writer of a process: whatever is queued goes into one transaction (group commit).

A lone change does not wait for company. A change that is refused has no part in the transaction; where something
else goes wrong, everything is rolled back and each change is tried in a transaction of its own, so that a failure is
nobody else's. When the transaction itself cannot be committed, all of the group get that error.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from typing import Final, Generic, TypeAlias, TypeVar, cast

import apsw
import attrs

from artifact_plane.adapters.flow.slots import Slots
from artifact_plane.adapters.sqlite.change_rows import ChangeRows
from artifact_plane.adapters.sqlite.checkpoints import Checkpoints
from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.draft import Draft
from artifact_plane.adapters.sqlite.errors import REFUSED_VALUES, explained
from artifact_plane.adapters.sqlite.statements import roll_back
from artifact_plane.domain.model.errors import ArtifactPlaneError, Unavailable

T = TypeVar("T")
Work: TypeAlias = Callable[[Draft], T]


@attrs.frozen(eq=False)
class _Job(Generic[T]):
    """Something to write, and who waits for it; ``change`` is what it will ask about."""

    work: Work[T]
    change: ChangeRows | None
    done: asyncio.Future[T]

    def deliver(self, outcome: object) -> None:
        """Tell the waiter, if there still is one."""
        if self.done.done():
            return
        if isinstance(outcome, BaseException):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(cast(T, outcome))


class _Uncommitted(Exception):
    """The transaction could not be begun or committed."""


class Writer:
    """Takes work from one event loop and carries it out in a thread of its own, group by group."""

    def __init__(self, database: Database, connection: apsw.Connection, checkpoints: Checkpoints) -> None:
        self._loop: Final = asyncio.get_running_loop()
        self._database: Final = database
        self._connection: Final = connection
        self._checkpoints: Final = checkpoints
        self.slots: Final = Slots(database.settings.queue_changes, database.settings.queue_bytes)
        self._queue: Final[deque[_Job[object]]] = deque()
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._tenants: Final[dict[str, int]] = {}
        self._busy = False
        self._closed = False
        self._idle: Final = asyncio.Event()
        self._idle.set()

    async def write(self, work: Work[T]) -> T:
        """Carry out ``work`` in a transaction; when this returns, it is as durable as the settings say.

        Raises:
            ArtifactPlaneError: what ``work`` raised (it must have written nothing then), or what befell the store.
        """
        await self.slots.take(0)
        try:
            return await self.submit(work)
        finally:
            self.slots.give(0)

    async def submit(self, work: Work[T], change: ChangeRows | None = None) -> T:
        """As ``write``, for who has a place in the queue; ``change`` is what ``work`` will ask the draft about.

        What a caller who is cancelled has asked for is carried out wholly or, before its turn has come, not at all.
        """
        if self._closed:
            raise Unavailable("the record store was closed", where=str(self._database.path), remedy="open it again")
        done: asyncio.Future[T] = self._loop.create_future()
        job = _Job(work, change, done)
        self._queue.append(cast(_Job[object], job))
        if not self._busy:
            self._busy = True
            self._idle.clear()
            # One turn of the loop later, so that those who come in the same turn are of the group.
            self._loop.call_soon(self._start)
        try:
            return await done
        except asyncio.CancelledError:
            with suppress(ValueError):  # the thread has it
                self._queue.remove(cast(_Job[object], job))
            raise

    async def close(self) -> None:
        """Let everything that is queued be written, and end the thread."""
        self._closed = True
        await self._idle.wait()
        await asyncio.to_thread(self._thread.shutdown)

    # On the event loop

    def _start(self) -> None:
        if not self._queue:
            self._busy = False
            self._idle.set()
            return
        size = min(len(self._queue), self._database.settings.group)
        jobs = [self._queue.popleft() for _ in range(size)]
        self._thread.submit(self._carry_out, jobs).add_done_callback(partial(self._give_up, jobs))

    def _finish(self, jobs: Sequence[_Job[object]], outcomes: Sequence[object]) -> None:
        self._start()
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.deliver(outcome)

    # In the thread

    def _carry_out(self, jobs: Sequence[_Job[object]]) -> None:
        outcomes = self._write_group(jobs)
        self._loop.call_soon_threadsafe(self._finish, jobs, outcomes)
        self._checkpoints.consider()

    def _give_up(self, jobs: Sequence[_Job[object]], done: Future[None]) -> None:
        """Whatever else went wrong in the thread, nobody is left waiting."""
        error = done.exception()
        if error is not None:
            self._loop.call_soon_threadsafe(self._finish, jobs, [error] * len(jobs))

    def _write_group(self, jobs: Sequence[_Job[object]]) -> Sequence[object]:
        try:
            return self._transact(jobs)
        except _Uncommitted as uncommitted:
            return [uncommitted.__cause__] * len(jobs)
        except (apsw.Error, *REFUSED_VALUES) as error:
            if len(jobs) == 1:
                return [explained(error, self._database.path)]
        return [self._write_group([job])[0] for job in jobs]

    def _transact(self, jobs: Sequence[_Job[object]]) -> list[object]:
        """The outcome of each job, once the transaction was committed."""
        connection = self._connection
        self._attempt("BEGIN IMMEDIATE")
        with ExitStack() as undo:
            undo.callback(roll_back, connection)
            undo.callback(self._tenants.clear)
            draft = Draft(connection, self._tenants)
            draft.known.look_up([job.change for job in jobs if job.change is not None])
            outcomes = [_outcome(job, draft) for job in jobs]
            draft.flush()
            undo.pop_all()
        self._attempt("COMMIT")
        if draft.erased:
            self._checkpoints.erase_traces()
        return outcomes

    def _attempt(self, statement: str) -> None:
        try:
            self._connection.execute(statement)
        except apsw.Error as error:
            self._tenants.clear()
            roll_back(self._connection)
            raise _Uncommitted from explained(error, self._database.path)


def _outcome(job: _Job[object], draft: Draft) -> object:
    """What the job answers, or the error with which it was refused."""
    try:
        return job.work(draft)
    except ArtifactPlaneError as error:
        return error
