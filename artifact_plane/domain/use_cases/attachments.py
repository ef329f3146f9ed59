"""Attachments: ruled, kept for as long as a recovery may need them, and given to the realm verified (law 7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from artifact_plane.domain.model.decision import ATTACHMENT, Layer, MaterializationDecision, Role, Ruling, Subject
from artifact_plane.domain.model.errors import InvalidInput, NotFound, Refused
from artifact_plane.domain.model.execution import AttachmentRecord
from artifact_plane.domain.model.intent import Intent
from artifact_plane.domain.model.policy import MaterializationPolicy
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.domain.use_cases.blobs import Blobs
from artifact_plane.domain.use_cases.together import together
from artifact_plane.ports.codec import Codec


class Attachments:
    """The input files of an intent."""

    def __init__(self, blobs: Blobs, codec: Codec) -> None:
        self._blobs = blobs
        self._codec = codec

    async def digests(self, intent: Intent) -> Mapping[str, Digest]:
        """The content address of each attachment, by name; reads them once."""
        names = sorted(intent.attachments)
        found = await together(self._measured(intent.attachments[name]) for name in names)
        return {name: digest for name, (digest, _) in zip(names, found, strict=True)}

    async def rulings(self, intent: Intent, policy: MaterializationPolicy, realm: str) -> Mapping[str, Ruling]:
        """What is decided about each; nothing is stored.

        Raises:
            Refused: governance denies even the keeping that a recovery needs.
        """
        rulings = {}
        for name, source in sorted(intent.attachments.items()):
            size = source.size if source.size is not None else (await self._measured(source))[1]
            rulings[name] = policy.decide(_subject(intent, realm, size))
            _check_allowed(name, rulings[name])
        return rulings

    async def accepted(
        self, intent: Intent, rulings: Mapping[str, Ruling], claims: list[str]
    ) -> tuple[AttachmentRecord, ...]:
        """Keep what is to be kept, and describe all. Claims as in ``Materializer.carry_out``."""
        works = [self._record(intent, name, ruling, claims) for name, ruling in rulings.items()]
        return tuple(await together(works))

    async def sources(self, intent: Intent, records: tuple[AttachmentRecord, ...]) -> Mapping[str, ByteSource]:
        """What the realm reads: the kept bytes, verified; what was not kept, from the intent as it was given.

        Raises:
            InvalidInput: an attachment was not kept, and the intent does not bring it again.
        """
        return {record.name: await self._source(intent, record) for record in records}

    async def _source(self, intent: Intent, record: AttachmentRecord) -> ByteSource:
        what = f"attachment {record.name!r}"
        given = intent.attachments.get(record.name)
        if record.location is not None:
            try:
                kept = await self._blobs.source(intent.tenant_id, record.digest)
                return self._codec.verified(kept, record.digest, what)
            except NotFound:
                if given is None:
                    raise
        if given is None:
            raise InvalidInput(
                "it was not kept, so the run cannot be repeated without it",
                where=what,
                remedy="submit the intent again with --retry and the attachment",
            )
        return self._codec.verified(given, record.digest, what)

    async def _record(self, intent: Intent, name: str, ruling: Ruling, claims: list[str]) -> AttachmentRecord:
        source = intent.attachments[name]
        if ruling.decision is MaterializationDecision.DISCARD:
            digest, size = await self._measured(source)
            return AttachmentRecord(name=name, digest=digest, size=size, ruling=ruling)
        stored = await self._blobs.put(intent.tenant_id, source, claims)
        return AttachmentRecord(
            name=name, digest=stored.digest, size=stored.size, ruling=ruling, location=stored.location
        )

    async def _measured(self, source: ByteSource) -> tuple[Digest, int]:
        return await asyncio.to_thread(_measure, source, self._codec)


def _measure(source: ByteSource, codec: Codec) -> tuple[Digest, int]:
    hasher, size = codec.hasher(), 0
    with source.open() as stream:
        while chunk := stream.read(1 << 20):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.digest(), size


def _subject(intent: Intent, realm: str, size: int) -> Subject:
    return Subject(
        result_type=ATTACHMENT,
        role=Role.ATTACHMENT,
        realm=realm,
        intent_type=intent.intent_type,
        tenant_id=intent.tenant_id,
        solution_id=intent.solution_id,
        size=size,
    )


def _check_allowed(name: str, ruling: Ruling) -> None:
    if ruling.layer is Layer.DENIAL and ruling.decision is MaterializationDecision.DISCARD:
        raise Refused(
            f"the steward's rule {ruling.rule!r} forbids to keep it, even for the run: {ruling.reason}",
            where=f"attachment {name!r} ({ruling.source})",
            remedy="leave the attachment out, or ask the steward",
        )
