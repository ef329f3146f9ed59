"""The console script: the command line, with everything it needs composed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from artifact_plane.adapters.cli import OpenOptions, Toolbox, run
from artifact_plane.adapters.cli.toolbox import CopyOptions, PolicyPut, ServeOptions, Started
from artifact_plane.domain.model.errors import InvalidInput, PolicyProblem
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.copying import CopyReport, CopyWatcher
from artifact_plane.ports.health import Finding

if TYPE_CHECKING:
    from artifact_plane.adapters.client.connection import Connection
    from artifact_plane.composition.settings import Settings
    from artifact_plane.ports.application import Application


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line on ``arguments`` (None: this process's own) and exit with its code."""
    # Standard error holds what the command has to say, and no library's notes on a retry that may yet succeed.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    sys.exit(run(arguments, toolbox()))


def toolbox() -> Toolbox:
    """What the command line gets; nothing is imported or opened before it is used."""
    return Toolbox(
        open=_open,
        attachment=_attachment,
        digest_of=_digest_of,
        parse_json=_parse_json,
        check_policy=_check_policy,
        mvp_policy=_mvp_policy,
        migrate=_migrate,
        put_policy=_put_policy,
        copy=_copy,
        examine=_examine,
        serve=_serve,
        new_id=_new_id,
        now=_now,
    )


@asynccontextmanager
async def _open(options: OpenOptions) -> AsyncIterator[Application]:
    from artifact_plane.composition.bootstrap import open_application
    from artifact_plane.composition.choices import choices_of, emptied
    from artifact_plane.composition.settings import load

    given = {"profile": options.profile, "home": options.home, "policy": options.policy, "server": options.server}
    settings = load(given, os.environ, Path.cwd())
    connection = _service(options, settings)
    if connection is not None:
        async with connection as application:
            yield application
        return
    if not options.create and choices_of(settings).records == "sqlite" and not settings.home.exists():
        # Nothing was ever stored there: an empty plane answers, and nothing is made on disk by asking.
        settings = emptied(settings)
    async with open_application(settings=settings) as application:
        yield application


def _service(options: OpenOptions, settings: Settings) -> Connection | None:
    """The service that a command works on; None where it works on a home, as one that names a home does."""
    at_home = options.home is not None or options.profile is not None
    if options.server is not None and at_home:
        raise InvalidInput("a service or a home, not both", where="--server", remedy="leave --home and --profile out")
    if settings.server is None or options.at_home or (at_home and options.server is None):
        return None
    if options.policy is not None:
        raise InvalidInput(
            "what policy is in force is the service's to say", where="--policy", remedy="leave it out, or use a home"
        )
    from artifact_plane.composition.connecting import connect, connect_as_anybody

    if options.tenant is None:
        return connect_as_anybody(settings.server, token=settings.token)
    return connect(settings.server, token=settings.token)


def _attachment(path: Path) -> ByteSource:
    from artifact_plane.adapters.filesystem.byte_source import FileSource

    return FileSource(path)


def _digest_of(source: ByteSource) -> tuple[Digest, int]:
    from artifact_plane.adapters.codec.canonical import JsonCodec

    hasher, size = JsonCodec().hasher(), 0
    with source.open() as stream:
        while chunk := stream.read(1 << 20):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.digest(), size


def _parse_json(data: bytes, what: str) -> Json:
    from artifact_plane.adapters.codec.json_gate import parse_json

    return parse_json(data, what=what)


def _check_policy(text: bytes, name: str, governance: bool) -> Sequence[PolicyProblem]:
    from artifact_plane.adapters.filesystem.policy_source import check_text

    return check_text(text, name, governance=governance)


def _mvp_policy() -> Path:
    from artifact_plane.adapters.filesystem.policy_source import MVP_POLICY

    return MVP_POLICY


async def _put_policy(options: OpenOptions, wanted: PolicyPut) -> None:
    from artifact_plane.composition.policies import put_policy
    from artifact_plane.composition.settings import load

    settings = load({"profile": options.profile, "home": options.home}, os.environ, Path.cwd())
    await put_policy(settings, wanted.layer, (wanted.tenant_id, wanted.solution_id), wanted.text, wanted.name)


async def _migrate(options: OpenOptions, dry_run: bool) -> Sequence[str]:
    from artifact_plane.composition.migrating import migrate
    from artifact_plane.composition.settings import load

    given = {"profile": options.profile, "home": options.home}
    return await migrate(load(given, os.environ, Path.cwd()), dry_run=dry_run)


async def _copy(options: CopyOptions, watcher: CopyWatcher) -> CopyReport:
    from artifact_plane.composition.copying import copy_home, side

    source = side(options.source, options.from_home, os.environ, Path.cwd())
    return await copy_home(source, side(options.target, options.to_home, os.environ, Path.cwd()), watcher)


async def _examine(options: OpenOptions) -> Sequence[Finding]:
    from artifact_plane.composition.doctor import examine
    from artifact_plane.composition.settings import load

    given = {"profile": options.profile, "home": options.home}
    return await examine(load(given, os.environ, Path.cwd()))


async def _serve(options: ServeOptions, announce: Callable[[Started], None]) -> None:
    from artifact_plane.composition.service import serve

    await serve(options, announce)


def _new_id() -> str:
    from artifact_plane.adapters.system.ids import UuidIds

    return UuidIds().new_id()


def _now() -> datetime:
    from artifact_plane.adapters.system.clock import SystemClock

    return SystemClock().now()
