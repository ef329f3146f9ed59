"""Lineage at a service."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.client.conversation import Conversation
from artifact_plane.adapters.client.elsewhere import not_over_http
from artifact_plane.adapters.client.plane import path_of
from artifact_plane.adapters.client.tenancy import Tenancy
from artifact_plane.adapters.codec.views_reading import each, lineage_of_view, record_of_view
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.ports.answers import Lag, Progress
from artifact_plane.ports.application import LineageQueries


class HttpLineage(LineageQueries):
    """The lineage questions of a service."""

    def __init__(self, talk: Conversation, tenancy: Tenancy) -> None:
        self._talk: Final = talk
        self._tenancy: Final = tenancy

    async def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        self._tenancy.check(tenant_id)
        query = {**_bounded(bounds), "version": version, "at_least": at_least}
        return lineage_of_view(await self._talk.get(f"{path_of(artifact_id)}/lineage", query))

    async def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        self._tenancy.check(tenant_id)
        query = {"direction": "downstream", **_bounded(bounds), "version": version, "at_least": at_least}
        return lineage_of_view(await self._talk.get(f"{path_of(artifact_id)}/lineage", query))

    async def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        self._tenancy.check(tenant_id)
        query = {"direction": "impact", **_bounded(bounds)}
        answer = await self._talk.get(f"{path_of(artifact_id)}/lineage", query)
        return each(answer.get("artifacts"), record_of_view)

    async def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        self._tenancy.check(tenant_id)
        target = f"{path_of(artifact_id)}/lineage/path/{check_identifier('artifact id', origin)}"
        return lineage_of_view(await self._talk.get(target, _bounded(bounds)))

    async def lag(self) -> Lag:
        """Not over HTTP: the service's readiness (``/readyz``) says how its parts are."""
        raise not_over_http("how far a projection has come")

    async def rebuild(self, progress: Progress | None = None) -> Lag:
        """Not over HTTP: it is done on the service's own machine."""
        raise not_over_http("a projection is made anew")


def _bounded(bounds: Bounds | None) -> dict[str, str | int | bool | None]:
    return {} if bounds is None else {"depth": bounds.depth, "nodes": bounds.nodes}
