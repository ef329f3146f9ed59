"""Realms: the intent registry, the reader that realms get, and the plug-in boundary round a realm (law 23)."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager

from artifact_plane.domain.model.errors import ArtifactPlaneError, ExecutionFailed, InvalidInput
from artifact_plane.domain.model.intent import ExecutionContext, Intent
from artifact_plane.domain.model.result import RealmResult
from artifact_plane.domain.use_cases.attempting import end
from artifact_plane.domain.use_cases.reading import Reading
from artifact_plane.domain.use_cases.wording import reworded, words_of
from artifact_plane.ports.realm import ArtifactReader, ArtifactReading, Realm


class IntentRegistry:
    """Which realm handles which intent type."""

    def __init__(self, realms: Iterable[Realm]) -> None:
        """Raises ValueError where two realms handle the same intent type."""
        self._realms: dict[str, Realm] = {}
        for realm in realms:
            for intent_type in realm.intent_types:
                if self._realms.setdefault(intent_type, realm) is not realm:
                    raise ValueError(f"{intent_type!r} is handled by two realms: {realm.name} and another")

    def realm_for(self, intent_type: str) -> Realm:
        """The realm of an intent type. Raises InvalidInput, which names the nearest, where there is none."""
        realm = self._realms.get(intent_type)
        if realm is not None:
            return realm
        near = difflib.get_close_matches(intent_type, self._realms, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InvalidInput(
            f"no realm handles the intent type {intent_type!r}",
            where="intent type",
            remedy=f"{hint}known here: {', '.join(sorted(self._realms)) or 'none'}",
        )

    def knows(self, intent_type: str) -> bool:
        """Whether a realm here handles the intent type."""
        return intent_type in self._realms

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (intent type, realm name) pairs, sorted."""
        return tuple(sorted((intent_type, realm.name) for intent_type, realm in self._realms.items()))


class RecordingReader(ArtifactReader):
    """Reads for one execution, and keeps what was read: each becomes a ``used`` edge."""

    def __init__(self, reading: Reading, context: ExecutionContext) -> None:
        self._reading = reading
        self._context = context
        self._used: dict[str, int] = {}

    @property
    def used(self) -> Mapping[str, int]:
        """Version by artifact id of everything read."""
        return self._used

    async def read(self, artifact_id: str) -> ArtifactReading:
        """See the port. A second read sees the version of the first, so that one run sees one world."""
        registered = await self._reading.record(
            self._context.tenant_id, artifact_id, self._used.get(artifact_id), body=True
        )
        payload = await self._reading.parsed(await self._reading.meaning(registered))
        artifact = registered.artifact
        if self._used.setdefault(artifact_id, artifact.version) != artifact.version:
            return await self.read(artifact_id)  # another read at the same time was first, and saw another version
        return ArtifactReading(
            artifact_id=artifact_id,
            version=artifact.version,
            artifact_type=artifact.artifact_type,
            labels=artifact.labels,
            semantic_payload=payload,
        )


async def handle(
    realm: Realm, intent: Intent, context: ExecutionContext, reader: ArtifactReader, seconds: float
) -> RealmResult:
    """The boundary: run the realm under its time limit; whatever it raises becomes an error of ours.

    The realm has a task of its own. When its time is over, or the caller's is, that is cancelled; a realm that does
    not heed it is left to itself after a moment, and whatever it still does is of no account.

    Raises:
        ExecutionFailed: it raised something of its own, took too long, or returned something else than a result.
        ArtifactPlaneError: as raised (refused input, an artifact that is not there …).
    """
    where = f"realm {realm.name!r}, intent type {intent.intent_type!r}"
    result = await _in_time(_handled(realm, intent, context, reader, where), seconds, where)
    if not isinstance(result, RealmResult):
        raise ExecutionFailed(
            f"the realm returned {type(result).__name__}",
            where=where,
            remedy="a realm returns a RealmResult; convert older formats with artifact_plane.realm_result_of",
        )
    return result


@contextmanager
def contained(what: str, *, where: str, remedy: str) -> Iterator[None]:
    """Whatever is raised inside comes out as an error of ours, with words that are fit for a record (law 23).

    Only a cancellation that is the caller's own goes through as it is. ``what`` says what failed.

    Raises:
        ExecutionFailed: something else than an error of ours was raised.
        ArtifactPlaneError: as raised.
    """
    try:
        yield
    except ArtifactPlaneError as error:
        reworded(error)
        raise
    except (asyncio.CancelledError, SystemExit) as error:
        if isinstance(error, asyncio.CancelledError) and caller_is_cancelled():
            raise
        raise _failed(what, error, where, remedy) from error
    except Exception as error:  # what is in there is other people's code
        raise _failed(what, error, where, remedy) from error


def caller_is_cancelled() -> bool:
    """Whether the current task is asked to end: if it is not, a cancellation that arrives is of somebody else's."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _handled(
    realm: Realm, intent: Intent, context: ExecutionContext, reader: ArtifactReader, where: str
) -> RealmResult:
    with contained("the realm failed", where=where, remedy="mend the realm"):
        return await realm.handle(intent, context, reader)


async def _in_time(work: Coroutine[object, object, RealmResult], seconds: float, where: str) -> RealmResult:
    """What the realm gives; past its time limit that is of no account, be it a result or an exception."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        in_time = task.done()
    finally:
        await end(task)
    if not in_time:
        raise ExecutionFailed(
            f"the realm took longer than its time limit of {seconds:g} s",
            where=where,
            remedy="raise the setting realm_seconds, or give it less to do",
        )
    if task.cancelled():
        raise cancelled_by_its_realm(where)
    return task.result()


def cancelled_by_its_realm(where: str) -> ExecutionFailed:
    """What became of a run whose task was cancelled, when nobody here had asked for that."""
    return ExecutionFailed(
        "the realm cancelled the task that ran it",
        where=where,
        remedy="mend the realm: it may cancel tasks of its own only",
    )


def _failed(what: str, error: BaseException, where: str, remedy: str) -> ExecutionFailed:
    return ExecutionFailed(f"{what} with {type(error).__name__}: {words_of(error)}", where=where, remedy=remedy)
