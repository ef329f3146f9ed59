"""Policies in YAML files::

<folder>/platform.yaml                         the platform default; absent: the packaged one, 001's table
<folder>/governance.yaml                       the steward's rules; absent: none
<folder>/solutions/<tenant>/<solution>.yaml    a solution's override; absent: none
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import attrs

from artifact_plane.adapters.filesystem.policy_files import MVP_POLICY, PLATFORM_POLICY, PolicyFile, Stamp
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.decision import Seconds
from artifact_plane.domain.model.errors import InvalidPolicy, PolicyProblem
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.policy_document import DEFAULT_CACHE_TTL, PolicyDocument, RuleTable
from artifact_plane.domain.model.policy_node import Node, node_of
from artifact_plane.domain.model.policy_text import PolicyText, assemble, read_policy
from artifact_plane.ports.policy_source import PolicySource

__all__ = ["MVP_POLICY", "PLATFORM_POLICY", "YamlPolicySource", "check_text"]

_REMEMBERED: Final = 1_000
_SETTLED_NS: Final = 100_000_000
"""File times advance in ticks: a file may change twice within one. What changed just now is not remembered yet."""

_BUILT_IN: Final = PolicyFile(name="built-in/platform.yaml", path=PLATFORM_POLICY)


_K = TypeVar("_K")
_V = TypeVar("_V")
_Key: TypeAlias = "tuple[Stamp | None, Stamp | None, Stamp | None, PolicyFile | None]"
"""The stamps of platform, governance and override, and the override's file if there is one: solutions without a file
of their own share one record."""


class YamlPolicySource(PolicySource):
    """Reads the files again when one of them has changed; as long as none has, that costs a few stats."""

    def __init__(
        self,
        folder: Path,
        *,
        digest: Callable[[PolicyDocument], str],
        cache_ttl: Seconds = DEFAULT_CACHE_TTL,
        override: Path | Mapping[str, object] | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """``override``, a file or plain data, takes the place of every solution's own.

        ``now_ns`` is the clock by which the file system stamps changes.
        """
        self._folder: Final = folder.absolute()
        self._digest: Final = digest
        self._cache_ttl: Final = cache_ttl
        self._override: Final = override
        self._now_ns: Final = now_ns
        self._platform: Final = PolicyFile.inside(self._folder, "platform.yaml")
        self._governance: Final = PolicyFile.inside(self._folder, "governance.yaml")
        self._files: Final[dict[tuple[str, str], _Files]] = {}
        self._records: Final[dict[_Key, PolicyRecord]] = {}

    async def policy(self, tenant_id: str, solution_id: str) -> PolicyRecord:
        files = self._files.get((tenant_id, solution_id))
        if files is None:
            files = _kept(self._files, (tenant_id, solution_id), self._files_of(tenant_id, solution_id))
        key = files.key()
        record = self._records.get(key)
        if record is None:
            record = await asyncio.to_thread(self._load, files)
            if files.key() == key and self._settled(key):
                _kept(self._records, key, record)
        return record

    async def check(self, text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
        return await asyncio.to_thread(check_text, text, name, governance=governance)

    def _files_of(self, tenant_id: str, solution_id: str) -> _Files:
        check_identifier("tenant id", tenant_id)
        check_identifier("solution id", solution_id)
        override: PolicyFile | None = None
        if self._override is None:
            override = PolicyFile.inside(self._folder, "solutions", tenant_id, f"{solution_id}.yaml")
        elif isinstance(self._override, Path):
            override = PolicyFile(name=self._override.name, path=self._override)
        return _Files(platform=self._platform, governance=self._governance, override=override)

    def _settled(self, key: _Key) -> bool:
        latest = max((stamp[-1] for stamp in key[:3] if stamp is not None), default=0)
        return self._now_ns() - latest > _SETTLED_NS

    def _load(self, files: _Files) -> PolicyRecord:
        reading = _Reading()
        platform = reading.file(files.platform) or reading.file(_BUILT_IN) or _NOTHING
        governance = reading.file(files.governance, governance=True)
        override = self._read_override(files, reading)
        reading.finish()
        try:
            document = assemble(platform, override, governance, self._cache_ttl)
        except InvalidPolicy as error:
            raise InvalidPolicy([reading.shown(problem) for problem in error.problems]) from error
        return PolicyRecord(digest=self._digest(document), document=document)

    def _read_override(self, files: _Files, reading: _Reading) -> PolicyText | None:
        if isinstance(self._override, Mapping):
            return reading.data(self._override, "override")
        if files.override is None:
            return None
        text = reading.file(files.override)
        if text is None and self._override is not None:
            reading.problems.append(
                PolicyProblem(file=str(files.override.path), line=0, column=0, message="there is no such file")
            )
        return text


def check_text(text: bytes, name: str, *, governance: bool = False) -> tuple[PolicyProblem, ...]:
    """Everything that is wrong with a policy text; ``name`` stands for its file. Empty when it would load."""
    try:
        read_policy(_read_yaml(text, name), governance=governance)
    except InvalidPolicy as error:
        return error.problems
    return ()


def _read_yaml(data: bytes, file: str) -> Node:
    from artifact_plane.adapters.filesystem.yaml_text import read_yaml  # many commands never read a policy

    return read_yaml(data, file)


@attrs.frozen(kw_only=True)
class _Files:
    """The files that matter to one solution."""

    platform: PolicyFile
    governance: PolicyFile
    override: PolicyFile | None

    def key(self) -> _Key:
        own = None if self.override is None else self.override.stamp()
        return self.platform.stamp(), self.governance.stamp(), own, self.override if own else None


def _kept(memory: dict[_K, _V], key: _K, value: _V) -> _V:
    """Remember a value; when there are too many, begin anew."""
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


_NOTHING: Final = PolicyText(rules=RuleTable(origin=_BUILT_IN.name), retention={}, governance=())


class _Reading:
    """Reads the texts of one policy and collects what is wrong in any of them."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []
        self._paths: dict[str, str] = {}

    def file(self, file: PolicyFile, *, governance: bool = False) -> PolicyText | None:
        """What a file says; None where there is none. Raises Unavailable."""
        data = file.read()
        if data is None:
            return None
        self._paths[file.name] = str(file.path)
        return self._text(lambda: _read_yaml(data, file.name), governance)

    def data(self, value: Mapping[str, object], name: str) -> PolicyText:
        """What plain data says."""
        return self._text(lambda: node_of(value, name), False)

    def _text(self, node: Callable[[], Node], governance: bool) -> PolicyText:
        try:
            return read_policy(node(), governance=governance)
        except InvalidPolicy as error:
            self.problems += map(self.shown, error.problems)
            return _NOTHING

    def shown(self, problem: PolicyProblem) -> PolicyProblem:
        """The problem with its file as the user can open it; rulings name a file alike wherever its home lies."""
        return attrs.evolve(problem, file=self._paths.get(problem.file, problem.file))

    def finish(self) -> None:
        """Raises InvalidPolicy if anything was wrong."""
        if self.problems:
            raise InvalidPolicy(self.problems)
