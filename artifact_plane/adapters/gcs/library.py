"""The client library, narrowed to what the store uses and given types: one method is one kind of request.

All of it blocks. What is raised is what ``errors.translated`` says; which error means what stands at each method.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol, TypedDict, cast
from urllib.parse import quote

import attrs
from google.cloud.storage import Blob, Client  # type: ignore[import-untyped]  # it has no py.typed

from artifact_plane.adapters.gcs.errors import Missing, Troubled, checked, missing_bucket, translated
from artifact_plane.adapters.gcs.patience import Patience
from artifact_plane.adapters.gcs.settings import GcsSettings
from artifact_plane.adapters.gcs.transfer import Blocks, Transfer
from artifact_plane.adapters.gcs.transport import credentials_for, session_for

if TYPE_CHECKING:
    import requests

_FIELDS: Final = "name,size,crc32c,generation,metageneration,metadata,updated"
_CONTENT_TYPE: Final = "application/octet-stream"


@attrs.frozen(kw_only=True)
class Kept:
    """An object as the bucket describes it; ``crc32c`` is empty where the bucket does not say it."""

    name: str
    size: int
    crc32c: str
    generation: int
    metageneration: int
    metadata: Mapping[str, str]
    updated: datetime


@attrs.frozen(kw_only=True)
class Upload:
    """What is to be stored: ``blocks`` are ``size`` bytes.

    ``in_one_request`` says that all of it is sent with its name and metadata, which is quickest and takes twice its
    size in memory; otherwise it is announced first and then streamed.
    """

    name: str
    blocks: Blocks
    size: int
    crc32c: str
    metadata: Mapping[str, str]
    in_one_request: bool


class _Blob(Protocol):
    """What the store uses of the library's blob."""

    name: str
    size: int | None
    crc32c: str | None
    generation: int | None
    metageneration: int | None
    metadata: Mapping[str, str] | None
    updated: datetime | None


class _Resource(TypedDict, total=False):
    """What the bucket says of an object, as JSON."""

    name: str
    size: str
    crc32c: str
    generation: str
    metageneration: str
    metadata: dict[str, str]
    updated: str


class Bucket:
    """A bucket and the connections to it. Any number of threads may use it at once."""

    def __init__(self, settings: GcsSettings) -> None:
        """Find credentials and prepare connections; nothing is sent to the bucket yet.

        Raises:
            Unavailable: there are no credentials.
        """
        endpoint = settings.endpoint or _emulator()
        with translated():
            credentials = credentials_for(endpoint)
            self._session: Final = session_for(credentials, settings.threads)
            self._client: Final = Client(
                project=settings.project,
                credentials=credentials,
                client_options={"api_endpoint": endpoint} if endpoint else None,
                _http=self._session,
            )
        # For its traces it would ask for the bucket's own metadata, in a thread of its own and with a right that the
        # store does not need.
        self._client._bucket_metadata_cache = None
        self._bucket: Final = self._client.bucket(settings.bucket)
        base: str = self._client.api_endpoint
        self._media: Final = f"{base.rstrip('/')}/download/storage/v1/b/{quote(settings.bucket, safe='')}/o/"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, upload: Upload, patience: Patience, *, over: int = 0) -> Kept:
        """Store an object where none is, or over the one of generation ``over``; visible when all of it is there.

        The bucket is given the checksum beforehand, and refuses other bytes.

        Raises:
            Overtaken: there is another one than ``over`` says.
            SessionLost: the bucket has forgotten the upload, or has ended it and the reply was lost.
        """
        blob = self._bucket.blob(upload.name)
        blob.metadata = dict(upload.metadata)
        blob.crc32c = upload.crc32c
        with translated():
            if not upload.in_one_request:
                return self._streamed(blob, upload, patience, over)
            blob.upload_from_string(
                b"".join(upload.blocks(0)),
                content_type=_CONTENT_TYPE,
                if_generation_match=over,
                checksum=None,
                timeout=patience.waits,
                retry=patience,
            )
        return _kept(blob)

    def _streamed(self, blob: Blob, upload: Upload, patience: Patience, over: int) -> Kept:
        url: str = blob.create_resumable_upload_session(
            content_type=_CONTENT_TYPE,
            size=upload.size,
            if_generation_match=over,
            checksum=None,
            timeout=patience.waits,
            retry=patience,
        )
        transfer = Transfer(session=self._session, url=url, size=upload.size, blocks=upload.blocks)
        return _described(transfer.run(patience))

    def look(self, name: str, patience: Patience) -> Kept:
        """An object as it is now. Raises ``Missing``."""
        blob = self._bucket.blob(name)
        with translated():
            blob.reload(timeout=patience.waits, retry=patience)
        return _kept(blob)

    def find(self, name: str, patience: Patience) -> Kept | None:
        """As ``look``; None where there is none."""
        try:
            return self.look(name, patience)
        except Missing:
            return None

    def mark(self, kept: Kept, metadata: Mapping[str, str], patience: Patience) -> Kept:
        """Give the object other metadata if nothing about it has changed. Raises ``Overtaken``, ``Missing``."""
        blob = self._bucket.blob(kept.name)
        blob.metadata = dict(metadata)
        with translated():
            blob.patch(
                if_generation_match=kept.generation,
                if_metageneration_match=kept.metageneration,
                timeout=patience.waits,
                retry=patience,
            )
        return _kept(blob)

    def remove(self, kept: Kept, patience: Patience) -> None:
        """Remove the object if nothing about it has changed. Raises ``Overtaken``, ``Missing``."""
        with translated():
            self._bucket.blob(kept.name).delete(
                if_generation_match=kept.generation,
                if_metageneration_match=kept.metageneration,
                timeout=patience.waits,
                retry=patience,
            )

    def pages(self, prefix: str, size: int, patience: Patience) -> Iterator[tuple[Kept, ...]]:
        """The objects whose names begin with ``prefix``, in the order of their names; each page is one request
        with all of the patience."""
        listing = self._client.list_blobs(
            self._bucket,
            prefix=prefix,
            page_size=size,
            fields=f"items({_FIELDS}),nextPageToken",
            timeout=patience.waits,
            retry=patience,
        )
        pages = listing.pages
        while True:
            patience.refill()
            try:
                with translated():
                    page = next(pages, None)
            except Missing as error:
                raise missing_bucket() from error
            if page is None:
                return
            yield tuple(_kept(blob) for blob in page)

    def open(self, kept: Kept, start: int, stop: int, patience: Patience) -> requests.Response:
        """The reply whose body is the object's bytes ``[start, stop)``, of exactly this generation; to be closed.

        It is not tried again. Raises ``Missing`` if there is none of this generation any more.
        """
        ranged = {"Range": f"bytes={start}-{stop - 1}"} if start or stop < kept.size else {}
        with translated():
            response = self._session.get(
                f"{self._media}{quote(kept.name, safe='')}",
                params={"alt": "media", "generation": str(kept.generation)},
                headers={"Accept-Encoding": "identity", **ranged},
                timeout=patience.waits,
                stream=True,
            )
            return checked(response)


def _emulator() -> str | None:
    """The emulator that the environment names; some write no scheme."""
    named = os.environ.get("STORAGE_EMULATOR_HOST")
    return f"http://{named}" if named and "://" not in named else named or None


def _kept(blob: object) -> Kept:
    """What the library's blob says; some emulators leave out the metageneration."""
    said = cast(_Blob, blob)
    try:
        size, generation, updated = said.size, said.generation, said.updated
    except ValueError as error:
        raise Troubled("the bucket's answer is not of the form that is known", None) from error
    if size is None or generation is None or updated is None:
        raise Troubled("the bucket's answer does not say what it stored", None)
    return Kept(
        name=said.name,
        size=size,
        crc32c=said.crc32c or "",
        generation=generation,
        metageneration=said.metageneration or 1,
        metadata=dict(said.metadata or {}),
        updated=updated,
    )


def _described(response: requests.Response) -> Kept:
    """What the reply to an upload says."""
    try:
        said: _Resource = response.json()
        return Kept(
            name=said["name"],
            size=int(said["size"]),
            crc32c=said.get("crc32c", ""),
            generation=int(said["generation"]),
            metageneration=int(said.get("metageneration", "1")),
            metadata=said.get("metadata", {}),
            updated=datetime.fromisoformat(said["updated"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Troubled("the bucket's answer does not say what it stored", None) from error
