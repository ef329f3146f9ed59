"""Whether a bucket, or what stands in for one, enforces what the payload store relies on.

Small objects of the store's own are made under ``.conformance/`` beside the payloads, tried on, and removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

import attrs

from artifact_plane.adapters.gcs.checksums import crc32c
from artifact_plane.adapters.gcs.errors import WHERE, Garbled, Missing, Overtaken, SessionLost
from artifact_plane.adapters.gcs.library import Bucket, Kept, Upload
from artifact_plane.adapters.gcs.names import Names
from artifact_plane.adapters.gcs.patience import Patiences
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.domain.model.errors import Unavailable
from artifact_plane.ports.clock import Clock, IdSource

_PASSED: Final = "passed"
_TESTED: Final = "tested-at"
_VALID: Final = timedelta(days=1)
_CONTENT: Final = b"conformance"


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that was tried: its name, what it means for payloads, and whether the bucket enforces it."""

    name: str
    meaning: str
    enforced: bool


@attrs.frozen(kw_only=True)
class Conformance:
    """What was found out about a bucket."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is enforced."""
        return all(finding.enforced for finding in self.findings)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is not enforced."""
        return tuple(finding for finding in self.findings if not finding.enforced)


async def check(settings: GcsSettings, *, ids: IdSource) -> Conformance:
    """Try the bucket, whatever ``unsafe_bucket`` says; about fifteen requests.

    Raises:
        Unavailable: there are no credentials, the bucket is not there, does not answer or may not be used.
    """
    return await asyncio.to_thread(_check, settings, ids)


def _check(settings: GcsSettings, ids: IdSource) -> Conformance:
    bucket = Bucket(settings)
    try:
        return examined(bucket, settings, ids)
    finally:
        bucket.close()


def require_conformance(
    bucket: Bucket, settings: GcsSettings, clock: Clock, ids: IdSource, *, brief: bool = False
) -> None:
    """Let a bucket pass that enforces everything, or was found to within the last day. Blocks.

    With ``brief`` a bucket that does not answer is given up soon.

    Raises:
        Unavailable: it does not, and ``unsafe_bucket`` is not set; or it cannot be used at all.
    """
    names, patiences = Names(settings.prefix), Patiences(settings)
    passed = names.own(_PASSED)
    patience = patiences.brief() if brief else patiences()
    seen = next(iter(next(bucket.pages(passed, 1, patience), ())), None)  # asked so that a missing bucket says so
    if settings.unsafe_bucket or _is_recent(seen, clock.now()):
        return
    found = examined(bucket, settings, ids)
    if not found.ok:
        raise Unavailable(
            f"the bucket does not enforce: {', '.join(finding.name for finding in found.missing)}",
            where=WHERE,
            remedy="use a bucket of Google Cloud Storage; for an emulator whose data may be lost, set "
            "[gcs] unsafe_bucket = true",
            retryable=False,
        )
    tested = {_TESTED: clock.now().isoformat()}
    with suppress(Overtaken, Missing, SessionLost):  # somebody else has just left the same note
        _make(bucket, passed, b"", patiences, over=0 if seen is None else seen.generation, metadata=tested)


def _is_recent(seen: Kept | None, now: datetime) -> bool:
    try:
        tested = datetime.fromisoformat(seen.metadata.get(_TESTED, "")) if seen else None
    except ValueError:
        return False
    return tested is not None and tested.tzinfo is not None and timedelta(0) <= now - tested.astimezone(UTC) < _VALID


def examined(bucket: Bucket, settings: GcsSettings, ids: IdSource) -> Conformance:
    """Everything tried on a bucket; nothing is left in it. Blocks.

    Raises:
        Unavailable: as ``check``.
    """
    examination = _Examination(bucket, Names(settings.prefix).own(ids.new_id()), Patiences(settings))
    try:
        findings = tuple(
            Finding(name=name, meaning=meaning, enforced=attempt(examination)) for name, meaning, attempt in _ATTEMPTS
        )
    finally:
        examination.clean()
    return Conformance(findings=findings)


class _Examination:
    """What is tried; each answers whether it is enforced."""

    def __init__(self, bucket: Bucket, folder: str, patiences: Patiences) -> None:
        self._bucket: Final = bucket
        self._folder: Final = folder
        self._patiences: Final = patiences

    def create_only(self, in_one_request: bool) -> bool:
        """A second object of the same name is refused, and the first stays."""
        first = self._object(f"create-only-{in_one_request}")
        refused = _is_refused(
            lambda: _make(self._bucket, first.name, b"second", self._patiences, in_one_request=in_one_request)
        )
        return refused and self._bucket.look(first.name, self._patiences()).generation == first.generation

    def checksum(self, in_one_request: bool) -> bool:
        """Bytes that are not what their checksum says are refused."""
        name = f"{self._folder}/checksum-{in_one_request}"
        upload = _upload(name, b"damaged", {}, in_one_request)
        with suppress(Garbled):
            self._bucket.create(attrs.evolve(upload, crc32c=crc32c(b"whole")), self._patiences())
        return self._bucket.find(name, self._patiences()) is None

    def pinned_read(self) -> bool:
        """A read of another generation than the one that is there finds nothing."""
        kept = self._object("pinned-read")
        with self._bucket.open(kept, 0, kept.size, self._patiences()) as whole:
            same = whole.content == _CONTENT
        other = attrs.evolve(kept, generation=kept.generation + 1)
        return same and _is_refused(lambda: self._bucket.open(other, 0, kept.size, self._patiences()).close())

    def renewal(self) -> bool:
        """Metadata can be changed, which changes the metageneration alone; and not from a state that is past."""
        kept = self._object("renewal")
        marked = self._bucket.mark(kept, {"mark": "new"}, self._patiences())
        changed = (marked.generation, marked.metadata) == (kept.generation, {"mark": "new"})
        moved = marked.metageneration != kept.metageneration
        return _is_refused(lambda: self._bucket.mark(kept, {"mark": "late"}, self._patiences())) and changed and moved

    def removal(self) -> bool:
        """What was changed or replaced since it was seen is not removed."""
        kept = self._object("removal")
        for other in (
            attrs.evolve(kept, generation=kept.generation + 1),
            attrs.evolve(kept, metageneration=kept.metageneration + 1),
        ):
            with suppress(Overtaken, Missing):
                self._bucket.remove(other, self._patiences())
            if self._bucket.find(kept.name, self._patiences()) is None:
                return False
        return True

    def listing(self) -> bool:
        """Names come in their order, in pages that go on where the last one ended."""
        names = [self._object(f"listing-{letter}").name for letter in "cab"]
        pages = list(self._bucket.pages(f"{self._folder}/listing-", 2, self._patiences()))
        return [[kept.name for kept in page] for page in pages] == [sorted(names)[:2], sorted(names)[2:]]

    def _object(self, what: str, content: bytes = _CONTENT) -> Kept:
        return _make(self._bucket, f"{self._folder}/{what}", content, self._patiences)

    def clean(self) -> None:
        """Remove what was made."""
        for page in self._bucket.pages(f"{self._folder}/", 1000, self._patiences()):
            for kept in page:
                with suppress(Overtaken, Missing):
                    self._bucket.remove(kept, self._patiences())


_ATTEMPTS: Final[tuple[tuple[str, str, Callable[[_Examination], bool]], ...]] = (
    (
        "create-only",
        "two who put the same payload at once cannot overwrite one another",
        lambda examination: examination.create_only(in_one_request=True),
    ),
    (
        "create-only in several requests",
        "nor can they with a large payload",
        lambda examination: examination.create_only(in_one_request=False),
    ),
    (
        "checksum",
        "a payload that was damaged on its way in is refused",
        lambda examination: examination.checksum(in_one_request=True),
    ),
    (
        "checksum in several requests",
        "so is a large one",
        lambda examination: examination.checksum(in_one_request=False),
    ),
    ("pinned read", "a payload that is replaced cannot be read half old, half new", _Examination.pinned_read),
    ("renewal", "a put keeps what is there from being swept, and says so to sweepers", _Examination.renewal),
    ("removal", "a sweep does not remove what was put again meanwhile", _Examination.removal),
    ("listing", "a sweep sees every payload, once", _Examination.listing),
)


def _make(
    bucket: Bucket,
    name: str,
    content: bytes,
    patiences: Patiences,
    *,
    over: int = 0,
    metadata: Mapping[str, str] = MappingProxyType({}),
    in_one_request: bool = True,
) -> Kept:
    return bucket.create(_upload(name, content, metadata, in_one_request), patiences(), over=over)


def _upload(name: str, content: bytes, metadata: Mapping[str, str], in_one_request: bool) -> Upload:
    return Upload(
        name=name,
        blocks=lambda start: iter([content[start:]]),
        size=len(content),
        crc32c=crc32c(content),
        metadata=metadata,
        in_one_request=in_one_request,
    )


def _is_refused(work: Callable[[], object]) -> bool:
    try:
        work()
    except (Overtaken, Missing):
        return True
    return False
