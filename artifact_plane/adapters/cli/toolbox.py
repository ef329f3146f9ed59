"""What the command line gets from whoever composes it: it opens nothing and reads no clock of its own.

The composition hands a ``Toolbox`` to ``run(argv, toolbox)``; everything else the commands need they ask of the
``Application`` that ``Toolbox.open`` gives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs

from artifact_plane.domain.model.errors import PolicyProblem
from artifact_plane.domain.model.json import Json
from artifact_plane.domain.model.rendering import ByteSource, Digest
from artifact_plane.ports.copying import CopyReport, CopyWatcher
from artifact_plane.ports.health import Finding

if TYPE_CHECKING:
    from artifact_plane.ports.application import Application


@attrs.frozen(kw_only=True)
class OpenOptions:
    """Which plane a command wants: what is None is for the settings to say.

    ``policy`` is a file that stands in for the solution's override while this plane is open. ``create`` says that
    the command writes; without it a home that is absent stays absent and counts as empty. ``server`` is the address of
    a service to work on in the place of a home; ``tenant`` is the one that was named, which must then be the token's.
    ``at_home`` says that no service will do, whatever the settings say.
    """

    profile: str | None = None
    home: Path | None = None
    policy: Path | None = None
    create: bool = False
    server: str | None = None
    tenant: str | None = None
    at_home: bool = False


@attrs.frozen(kw_only=True)
class ServeOptions:
    """What to serve, and where; what is None is for the settings to say. ``tenant`` is whose first link it is."""

    profile: str | None = None
    home: Path | None = None
    host: str | None = None
    port: int | None = None
    tenant: str


@attrs.frozen(kw_only=True)
class Started:
    """A service that answers at ``url``. ``link`` signs a browser in, once, where nobody could sign in otherwise."""

    url: str
    link: str | None = attrs.field(repr=False)
    tenant: str


@attrs.frozen(kw_only=True)
class CopyOptions:
    """What to copy, and where to: a profile or a settings file each, and the homes if they are not the settings'."""

    source: str
    target: str
    from_home: Path | None = None
    to_home: Path | None = None


class Opener(Protocol):
    """Opens a plane for the length of a command."""

    def __call__(self, options: OpenOptions) -> AbstractAsyncContextManager[Application]:
        """The open application; leaving the context closes it.

        Raises (when the context is entered):
            InvalidInput: settings, profile or home are not legal, or the policy file cannot be read.
            InvalidPolicy: the policy file does not load.
            Damaged, Unavailable: the home cannot be used.
        """


@attrs.frozen(kw_only=True)
class PolicyPut:
    """A policy text to put in force, or to take out of it where it is None; ``name`` stands for its file.

    ``layer`` is ``platform``, ``governance`` or ``solution``; tenant and solution are of the last.
    """

    layer: str
    tenant_id: str
    solution_id: str
    text: bytes | None = attrs.field(repr=False)
    name: str


@attrs.frozen(kw_only=True)
class Toolbox:
    """Everything the command line needs and may not build itself.

    * ``open``: see ``Opener``.
    * ``attachment(path)``: a byte source over a file of the user's; InvalidInput where it cannot be read.
    * ``digest_of(source)``: the digest and size in bytes of a source, streamed; blocks.
    * ``parse_json(data, what)``: strict JSON; InvalidJson names ``what`` and the place.
    * ``check_policy(text, name, governance)``: everything that is wrong with a policy text; needs no home.
    * ``mvp_policy()``: the file of 001's MVP override, for the demonstration.
    * ``put_policy(options, wanted)``: puts a policy text in force where policies are kept in the database.
    * ``migrate(options, dry_run)``: brings the record store's tables up to date; the names of the steps taken.
    * ``copy(options, watcher)``: copies one plane's stores into another's; ``watcher`` is told how far it has come.
    * ``examine(options)``: looks at everything the plane stands on, whether or not it can be opened.
    * ``serve(options, announce)``: serves until a signal says to stop; ``announce`` is told where.
    * ``new_id()``, ``now()``: ids that sort by time, and the time in UTC.
    """

    open: Opener
    attachment: Callable[[Path], ByteSource]
    digest_of: Callable[[ByteSource], tuple[Digest, int]]
    parse_json: Callable[[bytes, str], Json]
    check_policy: Callable[[bytes, str, bool], Sequence[PolicyProblem]]
    mvp_policy: Callable[[], Path]
    migrate: Callable[[OpenOptions, bool], Awaitable[Sequence[str]]]
    put_policy: Callable[[OpenOptions, PolicyPut], Awaitable[None]]
    copy: Callable[[CopyOptions, CopyWatcher], Awaitable[CopyReport]]
    examine: Callable[[OpenOptions], Awaitable[Sequence[Finding]]]
    serve: Callable[[ServeOptions, Callable[[Started], None]], Awaitable[None]]
    new_id: Callable[[], str]
    now: Callable[[], datetime]
