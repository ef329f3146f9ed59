"""Requests: what was asked under a key of the caller's own is carried out once."""

from __future__ import annotations

from artifact_plane.domain.model.change import Change
from artifact_plane.domain.model.errors import Conflict
from artifact_plane.domain.model.rendering import Digest
from artifact_plane.domain.model.request import AGAIN, Request, Subject
from artifact_plane.ports.clock import Clock, IdSource
from artifact_plane.ports.ledger import Ledger
from artifact_plane.ports.state_surface import StateSurface


class Requests:
    """Looks requests up, and records those whose effect was there already."""

    def __init__(self, ledger: Ledger, state: StateSurface, clock: Clock, ids: IdSource) -> None:
        self._ledger = ledger
        self._state = state
        self._clock = clock
        self._ids = ids

    async def answered(self, key: str, tenant_id: str) -> Request | None:
        """What was asked under the key, and what came of it; None where the key is free."""
        return await self._state.request(tenant_id, key, self._clock.now())

    async def record(self, request: Request, tenant_id: str, subject: Subject) -> None:
        """Remember a request that changes nothing, or whose effect was there already.

        Raises:
            Conflict: the key is another request's.
        """
        wanted = request.about(subject)
        try:
            await self._ledger.commit(
                Change(change_id=self._ids.new_id(), tenant_id=tenant_id, at=self._clock.now(), request=wanted)
            )
        except Conflict:
            known = await self.answered(request.key, tenant_id)
            if known is None or _said(known) != _said(wanted):
                raise


def _said(request: Request) -> tuple[Digest, Subject]:
    """What was asked, and what came of it, whoever was the first to ask."""
    return request.fingerprint, request.subject.removeprefix(AGAIN)
