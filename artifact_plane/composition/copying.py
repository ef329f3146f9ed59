"""``ap copy``: the stores of two sides, opened without anything that works on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import attrs

from artifact_plane.composition.adapters import RecordStore
from artifact_plane.composition.choices import choices_of
from artifact_plane.composition.opening import Ground, open_payloads, open_records
from artifact_plane.composition.settings import PREFIX, PROFILES, Settings, load
from artifact_plane.domain.model.errors import InvalidInput, NotFound
from artifact_plane.domain.model.identity import printable
from artifact_plane.domain.model.json import JsonLimits
from artifact_plane.ports.copying import CopyReport, CopyWatcher
from artifact_plane.ports.payload_store import PayloadStore
from artifact_plane.ports.record_archive import RecordArchive

_OWN: Final = ("records", "payloads", "lineage", "working_memory", "policies")


def side(place: str, home: Path | None, environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings of one side: those in force where ``place`` is their profile or a settings file of its own.

    For another profile than the one in force the adapters are that profile's own; all else holds for both.

    Raises:
        InvalidInput: as ``settings.load``.
    """
    given: dict[str, object] = {"home": home}
    if place.endswith(".toml"):
        return load(given, {**environment, f"{PREFIX}SETTINGS": place}, folder)
    if place not in PROFILES:
        raise InvalidInput(
            f"{printable(place)} is neither a profile nor a settings file",
            where="the two sides of the copy",
            remedy="name a profile (local, cloud), or a settings file, whose name ends in .toml",
        )
    in_force = load(given, environment, folder)
    named = load({**given, "profile": place}, environment, folder)
    if named.profile == in_force.profile:
        return named
    return attrs.evolve(named, **dict.fromkeys(_OWN))  # type: ignore[arg-type]  # None is each one's default


async def copy_home(source: Settings, target: Settings, watcher: CopyWatcher) -> CopyReport:
    """Copy everything that the stores of ``source`` hold into those of ``target``, verified; or go on with that.

    Policy files, credentials and what is in working memory are not copied.

    Raises:
        InvalidInput: a side is in memory, the two sides share a store, or a setting is missing.
        NotFound: there is no home to copy.
        Conflict, Damaged, Unavailable: see ``Copying.run``.
    """
    _check(source, target)
    from artifact_plane.adapters.system.ids import UuidIds
    from artifact_plane.domain.use_cases.copying import Copying, CopySource, CopyTarget

    async with AsyncExitStack() as stack:
        there, here = _ground(target, stack), _ground(source, stack)
        own = await open_records(choices_of(source).records, here)
        records = await open_records(choices_of(target).records, there)
        stores = _TargetPayloads(target, stack)
        copying = Copying(
            CopySource(
                archive=_archive(own),
                state=own.state,
                payloads=await open_payloads(choices_of(source).payloads, here),
            ),
            CopyTarget(
                archive=_archive(records), state=records.state, references=records.references, payloads=stores.under
            ),
            codec=there.codec,
            ids=UuidIds(),
            watcher=watcher,
        )
        return await copying.run()


class _TargetPayloads:
    """The target's payload store, once for each digest algorithm that the source's payloads lie under."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings: Final = settings
        self._stack: Final = stack
        self._turn: Final = asyncio.Lock()
        self._open: Final[dict[str, PayloadStore]] = {}

    async def under(self, algorithm: str) -> PayloadStore:
        """The store, as it puts under digests of ``algorithm``."""
        async with self._turn:
            if algorithm not in self._open:
                ground = _ground(attrs.evolve(self._settings, digest=algorithm), self._stack)
                self._open[algorithm] = await open_payloads(choices_of(self._settings).payloads, ground)
            return self._open[algorithm]


def _ground(settings: Settings, stack: AsyncExitStack) -> Ground:
    from artifact_plane.adapters.codec.canonical import JsonCodec
    from artifact_plane.adapters.system.clock import SystemClock

    codec = JsonCodec(settings.digest, JsonLimits(max_bytes=settings.meaning_bytes))
    return Ground(settings=settings, codec=codec, clock=SystemClock(), stack=stack)


def _archive(records: RecordStore) -> RecordArchive:
    if records.archive is None:
        raise AssertionError("every record store that can be chosen here has an archive")
    return records.archive


def _check(source: Settings, target: Settings) -> None:
    for name, settings in (("--from", source), ("--to", target)):
        if "memory" in (choices_of(settings).records, choices_of(settings).payloads):
            raise InvalidInput(
                "what is in memory ends with the process that holds it",
                where=name,
                remedy="name a profile that keeps what it gets: local, cloud, or a settings file",
            )
    for port in ("records", "payloads"):
        if _place(source, port) == _place(target, port):
            raise InvalidInput(
                f"both sides keep their {port} in the same place",
                where="the two sides of the copy",
                remedy="give the target a home of its own with --to-home, or other stores in its settings",
            )
    if choices_of(source).records == "sqlite" and not source.home.exists():
        raise NotFound("there is no home to copy", where=str(source.home), remedy="name it with --from-home")


def _place(settings: Settings, port: str) -> object:
    """Where a side keeps what a port stores; equal for the same place."""
    technology = getattr(choices_of(settings), port)
    if technology in ("sqlite", "filesystem"):
        return technology, settings.home.absolute()
    return technology, settings.sections.get(technology)
