"""The faces of a service for programs without an event loop: lineage and policy.

The same names and parameters as the ports', whose docstrings say what is promised; results come without ``await``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from artifact_plane.adapters.client.background import Background
from artifact_plane.domain.model.artifact import Artifact
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Subject
from artifact_plane.domain.model.errors import PolicyProblem
from artifact_plane.domain.model.lineage import Bounds, Lineage
from artifact_plane.ports.answers import Explanation, Lag, Outlook, Progress
from artifact_plane.ports.lineage_queries import LineageQueries
from artifact_plane.ports.steward import Steward


class BlockingLineage:
    """As ``LineageQueries``, each method answering when it is done."""

    def __init__(self, background: Background, face: LineageQueries) -> None:
        self._run: Final = background.run
        self._face: Final = face

    def upstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """As ``LineageQueries.upstream``."""
        return self._run(self._face.upstream(artifact_id, tenant_id, bounds=bounds, version=version, at_least=at_least))

    def downstream(
        self,
        artifact_id: str,
        tenant_id: str,
        *,
        bounds: Bounds | None = None,
        version: int | None = None,
        at_least: int = 0,
    ) -> Lineage:
        """As ``LineageQueries.downstream``."""
        return self._run(
            self._face.downstream(artifact_id, tenant_id, bounds=bounds, version=version, at_least=at_least)
        )

    def impact(self, artifact_id: str, tenant_id: str, *, bounds: Bounds | None = None) -> tuple[Artifact, ...]:
        """As ``LineageQueries.impact``."""
        return self._run(self._face.impact(artifact_id, tenant_id, bounds=bounds))

    def path(self, artifact_id: str, origin: str, tenant_id: str, *, bounds: Bounds | None = None) -> Lineage:
        """As ``LineageQueries.path``."""
        return self._run(self._face.path(artifact_id, origin, tenant_id, bounds=bounds))

    def lag(self) -> Lag:
        """As ``LineageQueries.lag``."""
        return self._run(self._face.lag())

    def rebuild(self, progress: Progress | None = None) -> Lag:
        """As ``LineageQueries.rebuild``."""
        return self._run(self._face.rebuild(progress))


class BlockingSteward:
    """As ``Steward``, each method answering when it is done."""

    def __init__(self, background: Background, face: Steward) -> None:
        self._run: Final = background.run
        self._face: Final = face

    def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        """As ``Steward.policy``."""
        return self._run(self._face.policy(tenant_id, solution_id))

    def policy_by_digest(self, digest: str, tenant_id: str, subject: str) -> PolicyRecord:
        """As ``Steward.policy_by_digest``."""
        return self._run(self._face.policy_by_digest(digest, tenant_id, subject))

    def explain(self, artifact_id: str, tenant_id: str) -> Explanation:
        """As ``Steward.explain``."""
        return self._run(self._face.explain(artifact_id, tenant_id))

    def would_rule(self, subject: Subject) -> Outlook:
        """As ``Steward.would_rule``."""
        return self._run(self._face.would_rule(subject))

    def check(self, text: bytes, name: str, *, governance: bool = False) -> Sequence[PolicyProblem]:
        """As ``Steward.check``."""
        return self._run(self._face.check(text, name, governance=governance))
