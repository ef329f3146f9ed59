"""Policies given in code, as mappings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from artifact_plane.adapters.memory.policy_json import policy_node
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Seconds
from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.policy_document import DEFAULT_CACHE_TTL, PolicyDocument
from artifact_plane.domain.model.policy_node import node_of
from artifact_plane.domain.model.policy_text import PolicyText, assemble, read_policy
from artifact_plane.ports.policy_source import PolicySource


class MemoryPolicySource(PolicySource):
    """The platform's, the steward's and the solutions' policies as plain data; read anew for each question."""

    def __init__(
        self,
        platform: Mapping[str, object],
        *,
        digest: Callable[[PolicyDocument], str],
        governance: Mapping[str, object] | None = None,
        solutions: Mapping[tuple[str, str], Mapping[str, object]] | None = None,
        override: Mapping[str, object] | None = None,
        cache_ttl: Seconds = DEFAULT_CACHE_TTL,
    ) -> None:
        """``solutions`` are overrides by (tenant, solution); ``override``, if given, is every solution's instead."""
        self._platform: Final = platform
        self._digest: Final = digest
        self._governance: Final = governance
        self._solutions: Final = dict(solutions or {})
        self._override: Final = override
        self._cache_ttl: Final = cache_ttl

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        own = self._solutions.get((tenant_id, solution_id)) if self._override is None else self._override
        name = f"solutions/{tenant_id}/{solution_id}" if self._override is None else "override"
        problems: list[PolicyProblem] = []
        platform = _read(self._platform, "platform", problems)
        governance = _read(self._governance, "governance", problems, governance=True)
        override = _read(own, name, problems)
        if problems or platform is None:
            raise InvalidPolicy(problems)
        document = assemble(platform, override, governance, self._cache_ttl)
        return PolicyRecord(digest=self._digest(document), document=document)

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
        return await asyncio.to_thread(_problems, text, name, governance)


def _read(
    given: Mapping[str, object] | None, name: str, problems: list[PolicyProblem], *, governance: bool = False
) -> PolicyText | None:
    """What one mapping says, None where there is none; what is wrong in it is added to ``problems``."""
    if given is None:
        return None
    try:
        return read_policy(node_of(given, name), governance=governance)
    except InvalidPolicy as error:
        problems.extend(error.problems)
        return None


def _problems(text: bytes, name: str, governance: bool) -> tuple[PolicyProblem, ...]:
    try:
        read_policy(policy_node(text, name), governance=governance)
    except InvalidPolicy as error:
        return error.problems
    return ()
