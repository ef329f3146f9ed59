"""Putting and removing payloads: what stands between a draft and an object that is whole, visible and young.

An object's bytes are its name's, so whoever is first has stored what everybody else would have. What is there already
is compared by size and crc32c with the draft, renewed if it is that, and replaced if not. Each step names the state
that it goes out from, so that nobody's work is undone: who is overtaken looks again.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from artifact_plane.adapters.gcs.draft import Abandoned, Draft
from artifact_plane.adapters.gcs.errors import Garbled, Missing, Overtaken, SessionLost, Troubled
from artifact_plane.adapters.gcs.library import Bucket, Kept, Upload
from artifact_plane.adapters.gcs.names import Names, location
from artifact_plane.adapters.gcs.patience import Patience, Patiences
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.payload_store import StoredPayload

_DIGEST: Final = "digest"
_MARK: Final = "mark"
_RENEWED: Final = "renewed-at"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ROUNDS: Final = 10
_SENDINGS: Final = 3


def stored_payload(tenant_id: str, digest: Digest, kept: Kept) -> StoredPayload:
    """The payload that an object holds.

    Its generation is a mark that each put gives it anew; who rewrote the object by other means took the mark away.
    """
    return StoredPayload(
        tenant_id=tenant_id,
        digest=digest,
        size=kept.size,
        location=location(tenant_id, digest),
        generation=kept.metadata.get(_MARK) or f"{kept.generation}.{kept.metageneration}",
        renewed_at=_renewed_at(kept),
    )


def _renewed_at(kept: Kept) -> datetime:
    said = kept.metadata.get(_RENEWED, "")
    return _EPOCH + int(said) * _MICROSECOND if said.isascii() and said.isdigit() else kept.updated


class PayloadWriter:
    """The writing half of the store, for its worker threads. Raises the plane's own errors."""

    def __init__(self, bucket: Bucket, names: Names, clock: Clock, ids: IdSource, patiences: Patiences) -> None:
        self._bucket: Final = bucket
        self._names: Final = names
        self._clock: Final = clock
        self._ids: Final = ids
        self._patiences: Final = patiences

    def publish(self, tenant_id: str, draft: Draft) -> StoredPayload:
        """Make the draft visible, or renew what is there. Raises ``Abandoned`` when nobody waits any more."""
        name = self._names.payload(tenant_id, draft.digest)
        if name is None:
            raise InvalidInput(
                "the hasher's answer is not a digest",
                where=draft.digest,
                remedy="configure one that says algorithm:hex",
            )
        putting = _Putting(name=name, draft=draft, mark=self._ids.new_id())
        try:
            kept = self._placed(putting, self._patiences(draft.size, lambda: draft.wanted))
        except (ArtifactPlaneError, Abandoned):
            self._withdraw(putting)
            raise
        return stored_payload(tenant_id, draft.digest, kept)

    def _placed(self, putting: _Putting, patience: Patience) -> Kept:
        # Nothing large is sent in vain.
        seen = None if putting.draft.small else self._bucket.find(putting.name, patience)
        renewing: Kept | None = None
        for _ in range(_ROUNDS):
            putting.draft.check_wanted()
            try:
                if seen is None or not putting.is_held_by(seen):
                    return self._created(putting, 0 if seen is None else seen.generation, patience)
                if putting.is_done_by(seen) or (renewing is not None and _mark(renewing) != _mark(seen)):
                    return seen  # by this put, its reply having been lost; or by another one just now
                renewing, putting.may_be_visible = seen, False
                return self._bucket.mark(seen, putting.metadata(self._now(seen)), patience)
            except (Overtaken, Missing, SessionLost):
                seen = self._bucket.find(putting.name, patience)
        raise Troubled("others keep changing the payload, or the bucket keeps losing it", None)

    def _created(self, putting: _Putting, over: int, patience: Patience) -> Kept:
        """Send it. What the bucket then says it stored is compared too, should it have ignored the checksum."""
        putting.may_be_visible = True
        kept = self._sent(putting, over, patience)
        if not putting.is_held_by(kept):
            self._bucket.remove(kept, patience)
            raise SessionLost
        putting.draft.check_wanted()
        return kept

    def _sent(self, putting: _Putting, over: int, patience: Patience) -> Kept:
        for _ in range(_SENDINGS - 1):
            with suppress(Garbled):
                return self._sent_once(putting, over, patience)
        return self._sent_once(putting, over, patience)

    def _sent_once(self, putting: _Putting, over: int, patience: Patience) -> Kept:
        return self._bucket.create(putting.upload(self._now()), patience, over=over)

    def _withdraw(self, putting: _Putting) -> None:
        """Take back what this put made visible, as far as the bucket can be reached, unless somebody renewed it."""
        if putting.may_be_visible:
            with suppress(ArtifactPlaneError, Overtaken, Missing):  # the first error is the one to tell
                kept = self._bucket.find(putting.name, self._patiences.brief())
                if kept is not None and putting.is_done_by(kept):
                    self._bucket.remove(kept, self._patiences.brief())

    def _now(self, seen: Kept | None = None) -> datetime:
        """The time of this renewal; a payload does not get older when a clock is set back."""
        now = self._clock.now()
        return now if seen is None else max(now, _renewed_at(seen))

    def delete(self, payload: StoredPayload) -> bool:
        """Remove the payload if it still is of the generation seen.

        If the bucket's reply is lost and the payload is gone then, it counts as removed by this call.
        """
        name = self._names.payload(payload.tenant_id, payload.digest)
        patience = self._patiences()
        seen = None if name is None else self._bucket.find(name, patience)
        if seen is None or stored_payload(payload.tenant_id, payload.digest, seen).generation != payload.generation:
            return False
        failures = patience.failures
        try:
            self._bucket.remove(seen, patience)
        except Overtaken:
            return False
        except Missing:
            return patience.failures > failures
        return True


@attrs.define(kw_only=True)
class _Putting:
    """One put: under which name, of what, and the mark by which it is known again."""

    name: str
    draft: Draft
    mark: str
    may_be_visible: bool = False
    """Whether this put may have made the object."""

    def upload(self, now: datetime) -> Upload:
        """What is sent."""
        return Upload(
            name=self.name,
            blocks=self.draft.again(),
            size=self.draft.size,
            crc32c=self.draft.crc32c,
            metadata=self.metadata(now),
            in_one_request=self.draft.small,
        )

    def is_held_by(self, kept: Kept) -> bool:
        """Whether the object is what its name says."""
        return (kept.size, kept.crc32c) == (self.draft.size, self.draft.crc32c)

    def is_done_by(self, kept: Kept) -> bool:
        """Whether the object is as this put left it."""
        return _mark(kept) == self.mark

    def metadata(self, now: datetime) -> dict[str, str]:
        """What is written beside the bytes."""
        renewed = (now - _EPOCH) // _MICROSECOND
        return {_DIGEST: self.draft.digest, _MARK: self.mark, _RENEWED: str(renewed)}


def _mark(kept: Kept) -> str | None:
    return kept.metadata.get(_MARK)
