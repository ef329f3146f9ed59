"""Writing the files of a payload store: copying, making visible, renewing, removing.

A shard is locked (``flock``) while a payload in it is made visible, renewed or removed, and only then: so whether a
payload is there, and of which generation, cannot change between the look and the deed, in any process.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from artifact_plane.adapters.filesystem.durable import FileEffects, translated
from artifact_plane.adapters.filesystem.durable_draft import CHUNK, Abandoned, Draft
from artifact_plane.adapters.filesystem.durable_folder import Folder, exclusive
from artifact_plane.adapters.filesystem.durable_names import Address
from artifact_plane.adapters.filesystem.durable_reading import EPOCH, find, generation, stored_payload
from artifact_plane.adapters.filesystem.durable_root import Root
from artifact_plane.domain.model.errors import ArtifactPlaneError, InvalidInput
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.ports.clock import Clock
from artifact_plane.ports.codec import Hasher
from artifact_plane.ports.payload_store import StoredPayload

_MICROSECOND: Final = timedelta(microseconds=1)
_numbers: Final = itertools.count(1)


class PayloadWriter:
    """The writing half of a payload store, for its worker threads. Raises the plane's own errors."""

    def __init__(self, root: Root, hasher: Callable[[], Hasher], clock: Clock) -> None:
        self._root: Final = root
        self._hasher: Final = hasher
        self._clock: Final = clock

    @property
    def _effects(self) -> FileEffects:
        return self._root.effects

    def fill(self, tenant_id: str, draft: Draft) -> Digest:
        """Copy the draft's source to scratch, and make it durable unless the payload is there already."""
        with translated(str(self._root.path)):
            draft.fill(self._root.scratch(), self._hasher(), self._effects)
            if find(self._root, tenant_id, draft.digest) is None:
                draft.settle(self._stamp(), self._effects)
        return draft.digest

    def publish(self, tenant_id: str, draft: Draft) -> StoredPayload:
        """Make the draft visible, or renew what is there. Durable when it returns; when it raises, nothing was done."""
        address = _address(tenant_id, draft.digest)
        with translated(self._root.place(address)), self._root.ensured_folder(address.folders) as shard:
            try:
                stored = self._placed(shard, address, draft)
                self._effects.sync(shard.descriptor)
                draft.check_wanted()
            except (OSError, Abandoned):
                self._withdraw(shard, address, draft)
                raise
            draft.discard(self._effects)
        return stored

    def _placed(self, shard: Folder, address: Address, draft: Draft) -> StoredPayload:
        while True:
            draft.check_wanted()
            with exclusive(shard.descriptor, shard.place):
                state = shard.file(address.digits)
                if state is not None and self._intact(shard, address, draft, state):
                    return self._renewed(shard, address, state)
                if draft.settled is not None:
                    draft.move(shard.descriptor, address.digits, self._effects)
                    return stored_payload(address, draft.settled)
            # It was there when the draft was filled, and is gone or damaged now.
            draft.settle(self._stamp(), self._effects)

    def _intact(self, shard: Folder, address: Address, draft: Draft, state: os.stat_result) -> bool:
        """Whether what is stored is what it is called; if not, the draft takes its place, which mends it."""
        if state.st_size != draft.size:
            return False
        hasher, buffer = self._hasher(), memoryview(bytearray(min(CHUNK, draft.size + 1)))
        with shard.opened(address.digits) as descriptor:
            while count := os.readv(descriptor, [buffer]):
                draft.check_wanted()
                hasher.update(buffer[:count])
        return hasher.digest() == draft.digest

    def _renewed(self, shard: Folder, address: Address, state: os.stat_result) -> StoredPayload:
        with shard.opened(address.digits) as descriptor:
            self._effects.stamp(descriptor, self._stamp(after=state.st_mtime_ns))
            self._effects.sync(descriptor)
            return stored_payload(address, os.fstat(descriptor))

    def _stamp(self, after: int = 0) -> int:
        """The clock's time in nanoseconds, not before ``after`` and never the same."""
        now = (self._clock.now() - EPOCH) // _MICROSECOND
        stamp = max(now, after // 1000) * 1000 + next(_numbers) % 1000
        return stamp + 1 if stamp == after else stamp

    def _withdraw(self, shard: Folder, address: Address, draft: Draft) -> None:
        """Take the draft back if it became visible and nobody has renewed it since."""
        if draft.settled is not None:
            with suppress(OSError, ArtifactPlaneError):  # the first error is the one to tell
                self._remove(shard, address, generation(draft.settled))

    def delete(self, payload: StoredPayload) -> bool:
        """Remove the payload if it still is of the generation seen."""
        address = Address.of(payload.tenant_id, payload.digest)
        if address is None:
            return False
        place = self._root.place(address)
        with translated(place), suppress(FileNotFoundError), self._root.folder(address.folders) as shard:
            return self._remove(shard, address, payload.generation)
        return False

    def _remove(self, shard: Folder, address: Address, seen: str) -> bool:
        with exclusive(shard.descriptor, shard.place):
            state = shard.file(address.digits)
            if state is None or generation(state) != seen:
                return False
            self._effects.unlink(shard.descriptor, address.digits)
        self._effects.sync(shard.descriptor)
        return True

    def discard(self, draft: Draft) -> None:
        """Remove the draft's scratch file, if there is one."""
        draft.discard(self._effects)


def _address(tenant_id: str, digest: Digest) -> Address:
    address = Address.of(tenant_id, digest)
    if address is None:
        raise InvalidInput(
            "the hasher's answer is not a digest", where=digest, remedy="configure one that says algorithm:hex"
        )
    return address
