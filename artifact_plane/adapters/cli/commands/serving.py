"""``ap serve``: the plane over HTTP, with its pages."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli.desk import Desk, HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, line, name, quiet
from artifact_plane.adapters.cli.toolbox import ServeOptions, Started
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier


async def serve(
    *,
    host: Annotated[
        str | None, Parameter(show_default=False, help="The address to listen on; this machine alone unless set.")
    ] = None,
    port: Annotated[
        int | None, Parameter(show_default=False, help="The port; 0 takes a free one. 8470 unless set.")
    ] = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Serve the plane over HTTP until Ctrl-C: the API under /api, the pages under /.

    On a first start, while nobody could sign in, it prints a link that signs a browser in once, for ``--tenant``.
    """
    check_identifier("tenant id", shared.tenant)
    if port is not None and not 0 <= port <= 65_535:
        raise InvalidInput(f"{port} is no port", where="--port", remedy="give 1 to 65535, or 0 for a free one")
    options = ServeOptions(profile=shared.profile, home=shared.home, host=host, port=port, tenant=shared.tenant)
    await desk.toolbox.serve(options, partial(_announce, desk, shared))


def _announce(desk: Desk, shared: Shared, started: Started) -> None:
    desk.answer(
        shared,
        lambda: {"url": started.url, "link": started.link, "tenant": started.tenant},
        lambda: _page(started, shared),
    )
    desk.screen.flush()


def _page(started: Started, shared: Shared) -> tuple[Block, ...]:
    serving = Paragraph(line("serving ", name(started.url), quiet("   stop with Ctrl-C")))
    if started.link is None:
        hint = shared.command("token", "create", "--scope", "read,write")
        return serving, Paragraph(line(quiet("a token for a program or a person: "), name(hint)))
    return (
        serving,
        Paragraph(line("open this link to sign in; it works once:")),
        Paragraph(line(name(started.link)), 2),
    )
