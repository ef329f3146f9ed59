"""A stand-in for Google Cloud Storage that enforces what the emulators do not: on loopback, in threads of the test.

It speaks as much of the JSON interface as the store uses: buckets, uploads in one request and in several, reads by
generation and range, metadata, conditional removal, listing in pages. Preconditions are looked at under one lock, when
an object would become visible; checksums are compared before that. ``lenient`` turns single rules off, so that a test
can see whether they are missed.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import attrs
import google_crc32c

from tests.doubles.loopback import Loopback

Json = Mapping[str, object]
_UNIT: Final = 256 * 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Rule(StrEnum):
    """What the bucket enforces; each can be turned off."""

    CREATE_ONLY = "create-only"
    CREATE_ONLY_RESUMABLE = "create-only in several requests"
    CHECKSUM = "checksum"
    CHECKSUM_RESUMABLE = "checksum in several requests"
    PINNED_READ = "pinned read"
    RENEWAL = "renewal"
    REMOVAL = "removal"
    LISTING = "listing"


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status: Final = status
        self.message: Final = message


def crc32c(data: bytes) -> str:
    """The checksum as the interface writes it."""
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


@attrs.define(kw_only=True)
class StoredObject:
    """An object of a bucket."""

    name: str
    data: bytes = attrs.field(repr=False)
    metadata: dict[str, str]
    generation: int
    metageneration: int = 1

    def described(self) -> dict[str, object]:
        """The object resource."""
        return {
            "kind": "storage#object",
            "name": self.name,
            "size": str(len(self.data)),
            "crc32c": crc32c(self.data),
            "md5Hash": base64.b64encode(hashlib.md5(self.data, usedforsecurity=False).digest()).decode(),
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "metadata": dict(self.metadata),
            "updated": f"{_EPOCH + timedelta(microseconds=self.generation):%Y-%m-%dT%H:%M:%S.%fZ}",
        }


@attrs.frozen(kw_only=True)
class Conditions:
    """The preconditions of a request, and the generation that it names."""

    generation: int | None = None
    if_generation: int | None = None
    if_metageneration: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Conditions:
        """As the query says them."""
        numbers = {key: int(value) for key, value in query.items() if key in _CONDITIONS}
        return cls(
            generation=numbers.get("generation"),
            if_generation=numbers.get("ifGenerationMatch"),
            if_metageneration=numbers.get("ifMetagenerationMatch"),
        )

    def check(self, found: StoredObject | None) -> None:
        """Refuse unless they hold."""
        if self.if_generation is not None and self.if_generation != (found.generation if found else 0):
            raise Refusal(412, "At least one of the pre-conditions you specified did not hold.")
        if self.if_metageneration is not None and (found is None or self.if_metageneration != found.metageneration):
            raise Refusal(412, "At least one of the pre-conditions you specified did not hold.")


_CONDITIONS: Final = {"generation", "ifGenerationMatch", "ifMetagenerationMatch"}


@attrs.define(kw_only=True)
class Session:
    """An upload in several requests. ``done`` is what its end was answered with; it can be asked for again."""

    bucket: str
    resource: Json
    conditions: Conditions
    data: bytearray = attrs.field(factory=bytearray, repr=False)
    done: dict[str, object] | None = None
    lock: threading.Lock = attrs.field(factory=threading.Lock)


class StrictGcs(Loopback):
    """Buckets in memory behind a port; use it as a context.

    ``requests`` is what was asked, ``METHOD target``; ``made`` counts the objects that became visible,
    ``received`` the bytes of uploads in several requests.
    """

    def __init__(self, *buckets: str, lenient: Sequence[Rule] = ()) -> None:
        from tests.doubles.gcs_strict_http import Handler

        super().__init__(Handler.serving(self))
        self.lenient: Final = frozenset(lenient)
        self.requests: Final[list[str]] = []
        self.made = 0
        self.received = 0
        self.buckets: Final[dict[str, dict[str, StoredObject]]] = {name: {} for name in buckets}
        self.sessions: Final[dict[str, Session]] = {}
        self._numbers: Final = itertools.count(1_700_000_000_000_000)
        self._lock: Final = threading.RLock()

    def enforces(self, rule: Rule) -> bool:
        """Whether a rule was left on."""
        return rule not in self.lenient

    def damage(self, bucket: str, name: str, data: bytes) -> None:
        """Put other bytes in an object's place; nothing else about it changes."""
        self.buckets[bucket][name].data = data

    # What the interface does

    def bucket(self, name: str) -> dict[str, StoredObject]:
        """A bucket's objects."""
        if name not in self.buckets:
            raise Refusal(404, "The specified bucket does not exist.")
        return self.buckets[name]

    def found(self, bucket: str, name: str, conditions: Conditions) -> StoredObject:
        """The object, if it is of the generation named and the preconditions hold."""
        with self._lock:
            found = self.bucket(bucket).get(name)
            other = found is not None and conditions.generation not in (None, found.generation)
            if found is None or (other and self.enforces(Rule.PINNED_READ)):
                raise Refusal(404, f"No such object: {bucket}/{name}")
            conditions.check(found)
            return found

    def insert(self, bucket: str, resource: Json, data: bytes, conditions: Conditions, resumable: bool) -> StoredObject:
        """Make an object visible, if its checksums match and the preconditions hold."""
        checksum, create_only = Rule.CHECKSUM, Rule.CREATE_ONLY
        if resumable:
            checksum, create_only = Rule.CHECKSUM_RESUMABLE, Rule.CREATE_ONLY_RESUMABLE
        said = resource.get("crc32c", crc32c(data))
        if said != crc32c(data) and self.enforces(checksum):
            raise Refusal(400, f'Provided CRC32C "{said}" doesn\'t match calculated CRC32C "{crc32c(data)}".')
        name, metadata = resource["name"], resource.get("metadata", {})
        assert isinstance(name, str)
        assert isinstance(metadata, dict)
        with self._lock:
            objects = self.bucket(bucket)
            if self.enforces(create_only):
                conditions.check(objects.get(name))
            made = StoredObject(name=name, data=data, metadata=dict(metadata), generation=next(self._numbers))
            objects[name] = made
            self.made += 1
            return made

    def begin(self, bucket: str, resource: Json, conditions: Conditions) -> str:
        """Begin an upload in several requests; its id."""
        self.bucket(bucket)
        with self._lock:
            session = f"upload-{next(self._numbers)}"
            self.sessions[session] = Session(bucket=bucket, resource=resource, conditions=conditions)
            return session

    def receive(self, session_id: str, data: bytes, start: int | None, total: int | None, whole: bool) -> Session:
        """Take a piece of an upload, which may overlap what is there; ends it when ``total`` is reached."""
        session = self.sessions.get(session_id)
        if session is None:
            raise Refusal(404, "Upload session not found")
        with session.lock:
            self.received += len(data)
            if session.done is not None:
                return session
            if start is not None:
                if start > len(session.data):
                    raise Refusal(400, "a piece is missing before this one")
                session.data += data[len(session.data) - start :]
            if not whole:
                del session.data[len(session.data) // _UNIT * _UNIT :]
                raise Refusal(400, "the piece was cut")
            if total is None and len(session.data) % _UNIT:
                raise Refusal(400, "a piece that is not the last is a multiple of 256 KiB")
            if total == len(session.data):
                made = self.insert(session.bucket, session.resource, bytes(session.data), session.conditions, True)
                session.done = made.described()
            return session

    def patch(self, bucket: str, name: str, resource: Json, conditions: Conditions) -> StoredObject:
        """Merge metadata; the metageneration goes up by one."""
        with self._lock:
            lenient = attrs.evolve(conditions, if_generation=None, if_metageneration=None)
            found = self.found(bucket, name, conditions if self.enforces(Rule.RENEWAL) else lenient)
            given = resource.get("metadata", {})
            assert isinstance(given, dict)
            merged = {**found.metadata, **given}
            found.metadata = {key: value for key, value in merged.items() if value is not None}
            found.metageneration += 1
            return attrs.evolve(found)

    def delete(self, bucket: str, name: str, conditions: Conditions) -> None:
        """Remove an object."""
        with self._lock:
            lenient = attrs.evolve(conditions, if_generation=None, if_metageneration=None)
            self.found(bucket, name, conditions if self.enforces(Rule.REMOVAL) else lenient)
            del self.bucket(bucket)[name]

    def page(self, bucket: str, query: Mapping[str, str]) -> dict[str, object]:
        """A page of a listing."""
        with self._lock:
            after = base64.b64decode(query.get("pageToken", "")).decode()
            objects = self.bucket(bucket)
            names = sorted(name for name in objects if name.startswith(query.get("prefix", "")) and name > after)
            if not self.enforces(Rule.LISTING):
                names.reverse()
            size = int(query.get("maxResults", "1000"))
            items = [objects[name].described() for name in names[:size]]
            more = {"nextPageToken": base64.b64encode(names[size - 1].encode()).decode()} if len(names) > size else {}
            return {"kind": "storage#objects", "items": items, **more}
