"""Reading the files of a payload store: what is there, since when, and its bytes.

A payload's age is its file's time of last change, set from the clock in microseconds; the nanoseconds below are a
running number. Its generation is that time and the inode: it changes with every put, at one reading of the clock
too, and where the file system gives the inode of a removed file to the next one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from artifact_plane.adapters.filesystem.byte_source import OpenedFile
from artifact_plane.adapters.filesystem.durable import Descriptor, explained, translated
from artifact_plane.adapters.filesystem.durable_folder import Folder
from artifact_plane.adapters.filesystem.durable_names import ALGORITHM, DIGITS, SHARD, Address, tenant_folder
from artifact_plane.adapters.filesystem.durable_root import Root
from artifact_plane.domain.model.errors import ArtifactPlaneError, Damaged, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.payload_store import StoredPayload

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def stored_payload(address: Address, state: os.stat_result) -> StoredPayload:
    """The payload whose file is in this state."""
    return StoredPayload(
        tenant_id=address.tenant_id,
        digest=address.digest,
        size=state.st_size,
        location=address.location,
        generation=generation(state),
        renewed_at=EPOCH + timedelta(microseconds=state.st_mtime_ns // 1000),
    )


def generation(state: os.stat_result) -> str:
    """The generation of the payload whose file is in this state."""
    return f"{state.st_ino:x}-{state.st_mtime_ns:x}"


def find(root: Root, tenant_id: str, digest: Digest) -> StoredPayload | None:
    """What is stored under the digest, or None."""
    address = Address.of(tenant_id, digest)
    if address is None:
        return None
    with translated(root.place(address)), suppress(FileNotFoundError), root.folder(address.folders) as shard:
        state = shard.file(address.digits)
        return None if state is None else stored_payload(address, state)
    return None


def source(root: Root, tenant_id: str, digest: Digest) -> ByteSource:
    """A byte source over the payload; ``NotFound`` where there is none."""
    address, stored = Address.of(tenant_id, digest), find(root, tenant_id, digest)
    if address is None or stored is None:
        raise _not_found(digest)
    return _StoredFile(root, address, stored.size)


def _not_found(digest: Digest) -> NotFound:
    return NotFound(
        f"there is no payload {printable(digest, 80)}", remedy="it was dropped, or never kept; ask for another"
    )


class _StoredFile(OpenedFile):
    """The file of a payload. It may be renewed or removed meanwhile, and never gets another size."""

    def __init__(self, root: Root, address: Address, size: int) -> None:
        self._root: Final = root
        self._address: Final = address
        self._size: Final = size

    def __repr__(self) -> str:
        return f"<payload {self._address.digest} of {self._address.tenant_id}>"

    @property
    def size(self) -> int:
        return self._size

    def descriptor(self) -> Descriptor:
        with translated(self._root.place(self._address)):
            try:
                with self._root.folder(self._address.folders) as shard:
                    return shard.open_file(self._address.digits)
            except FileNotFoundError as error:
                raise _not_found(self._address.digest) from error

    def check(self, state: os.stat_result) -> None:
        if state.st_size != self._size:
            raise self.altered()

    def altered(self) -> Damaged:
        return Damaged(
            f"the stored payload does not have its {self._size} bytes any more",
            where=self._root.place(self._address),
            remedy="restore the file from a backup",
        )

    def refused(self, error: OSError) -> ArtifactPlaneError:
        return explained(error, self._root.place(self._address))


def payloads(root: Root, tenant_id: str, prefix: str, older_than: datetime | None) -> Iterator[StoredPayload]:
    """The tenant's payloads whose digest begins with ``prefix``, in the order of their digests, read as they are asked
    for; those put or renewed since ``older_than`` are left out."""
    tenant = tenant_folder(tenant_id)
    with translated(str(root.path / tenant)):
        for shard in _shards(root, tenant, prefix):
            with suppress(FileNotFoundError), root.folder(shard) as folder:
                for state, address in _files(folder, tenant_id, prefix):
                    payload = stored_payload(address, state)
                    if older_than is None or payload.renewed_at < older_than:
                        yield payload


def _shards(root: Root, tenant: str, prefix: str) -> Iterator[tuple[str, str, str]]:
    """The folders that may hold payloads under ``prefix``, in the order of the digests in them."""
    for algorithm in sorted(_names(root, (tenant,), ALGORITHM), key="{}:".format):
        if _meet(prefix, f"{algorithm}:"):
            for shard in _names(root, (tenant, algorithm), SHARD):
                if _meet(prefix, f"{algorithm}:{shard}"):
                    yield tenant, algorithm, shard


def _meet(prefix: str, head: str) -> bool:
    return head.startswith(prefix) or prefix.startswith(head)


def _names(root: Root, folders: tuple[str, ...], pattern: re.Pattern[str]) -> list[str]:
    try:
        with root.folder(folders) as folder:
            return list(filter(pattern.fullmatch, folder.names()))
    except FileNotFoundError:
        return []


def _files(shard: Folder, tenant_id: str, prefix: str) -> Iterator[tuple[os.stat_result, Address]]:
    algorithm, first = shard.place.parts[-2:]
    for digits in shard.names():
        address = Address(tenant_id=tenant_id, algorithm=algorithm, digits=digits)
        if DIGITS.fullmatch(digits) and digits.startswith(first) and address.digest.startswith(prefix):
            state = shard.file(digits)
            if state is not None:  # removed since
                yield state, address
