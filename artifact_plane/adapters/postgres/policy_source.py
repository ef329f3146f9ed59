"""Policies whose texts are in the database. They have the names that they would have as files, so a ruling says the
same and the digest is the same, wherever a text is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from artifact_plane.adapters.postgres.policy_texts import PostgresPolicyTexts, Texts
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Seconds
from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.policy_document import DEFAULT_CACHE_TTL, PolicyDocument, RuleTable
from artifact_plane.domain.model.policy_node import Node, node_of
from artifact_plane.domain.model.policy_text import PolicyText, assemble, read_policy
from artifact_plane.ports.policy_source import PolicySource

Parse: TypeAlias = "Callable[[bytes, str], Node]"
"""Reads a text, under the name of its file; raises InvalidPolicy."""

PLATFORM: Final = "platform.yaml"
BUILT_IN: Final = "built-in/platform.yaml"
GOVERNANCE: Final = "governance.yaml"
OVERRIDE: Final = "override"
_REMEMBERED: Final = 1_000
_NOTHING: Final = PolicyText(rules=RuleTable(origin=BUILT_IN), retention={}, governance=())


class PostgresPolicySource(PolicySource):
    """Reads the texts again when they may have changed; parses them again when they have."""

    def __init__(
        self,
        texts: PostgresPolicyTexts,
        *,
        parse: Parse,
        built_in: bytes,
        digest: Callable[[PolicyDocument], str],
        cache_ttl: Seconds = DEFAULT_CACHE_TTL,
        override: Mapping[str, object] | bytes | None = None,
        fresh: float = 1.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """``built_in`` is the platform's policy where the database has none. ``override``, a text or plain data, takes
        the place of every solution's own. A text that is put in the database is in force everywhere within ``fresh``
        seconds, counted by ``seconds``."""
        self._texts: Final = texts
        self._parse: Final = parse
        self._built_in: Final = built_in
        self._digest: Final = digest
        self._cache_ttl: Final = cache_ttl
        self._override: Final = override
        self._fresh: Final = fresh
        self._seconds: Final = seconds
        self._read: Final[dict[tuple[str, str], tuple[float, PolicyRecord]]] = {}
        self._records: Final[dict[tuple[Texts, str], PolicyRecord]] = {}

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        asked = self._seconds()
        until, record = self._read.get((tenant_id, solution_id), (asked, None))
        if record is None or asked >= until:
            texts = await self._texts.of_solution(tenant_id, solution_id)
            record = await self._record(texts, f"solutions/{tenant_id}/{solution_id}.yaml")
            _make_room(self._read)
            self._read[tenant_id, solution_id] = asked + self._fresh, record
        return record

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
        return await asyncio.to_thread(self._problems, text, name, governance)

    async def _record(self, texts: Texts, name: str) -> PolicyRecord:
        """The record of these texts; solutions without an override of their own share one."""
        own = self._override is None and texts.override is not None
        key = texts, name if own else ""
        record = self._records.get(key)
        if record is None:
            record = await asyncio.to_thread(self._load, texts, name)
            _make_room(self._records)
            self._records[key] = record
        return record

    def _load(self, texts: Texts, name: str) -> PolicyRecord:
        problems: list[PolicyProblem] = []
        written, origin = (self._built_in, BUILT_IN) if texts.platform is None else (texts.platform, PLATFORM)
        platform = self._text(written, origin, problems)
        governance = None
        if texts.governance is not None:
            governance = self._text(texts.governance, GOVERNANCE, problems, governance=True)
        override = self._overriding(texts.override, name, problems)
        if problems:
            raise InvalidPolicy(problems)
        document = assemble(platform, override, governance, self._cache_ttl)
        return PolicyRecord(digest=self._digest(document), document=document)

    def _overriding(self, own: bytes | None, name: str, problems: list[PolicyProblem]) -> PolicyText | None:
        if self._override is not None:
            return self._text(self._override, OVERRIDE, problems)
        return None if own is None else self._text(own, name, problems)

    def _text(
        self,
        written: bytes | Mapping[str, object],
        name: str,
        problems: list[PolicyProblem],
        *,
        governance: bool = False,
    ) -> PolicyText:
        """What a text says; what is wrong in it is added to ``problems``."""
        try:
            node = self._parse(written, name) if isinstance(written, bytes) else node_of(written, name)
            return read_policy(node, governance=governance)
        except InvalidPolicy as error:
            problems += error.problems
            return _NOTHING

    def _problems(self, text: bytes, name: str, governance: bool) -> tuple[PolicyProblem, ...]:
        problems: list[PolicyProblem] = []
        self._text(text, name, problems, governance=governance)
        return tuple(problems)


def _make_room(
    memory: dict[tuple[str, str], tuple[float, PolicyRecord]] | dict[tuple[Texts, str], PolicyRecord],
) -> None:
    """When too much is remembered, begin anew."""
    if len(memory) >= _REMEMBERED:
        memory.clear()
