"""``ap copy``: everything that one plane holds, into the stores of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.facts import facts
from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, line, quiet, strong
from artifact_plane.adapters.cli.screen import Screen
from artifact_plane.adapters.cli.toolbox import CopyOptions
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.copying import CopyProgress, CopyReport, CopyStage, CopyWatcher

_STAGES: Final = {CopyStage.COPYING: "copying", CopyStage.VERIFYING: "verifying"}


async def copy(
    *,
    source: Annotated[str, Parameter(name="--from", help="What to copy: local, cloud, or a settings file (.toml).")],
    target: Annotated[str, Parameter(name="--to", help="Where to: as --from.")],
    from_home: Annotated[Path | None, Parameter(show_default=False, help="The home to copy, if not --home.")] = None,
    to_home: Annotated[Path | None, Parameter(show_default=False, help="The home to fill, if not --home.")] = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Copy all tenants' records, payloads and lineage, and verify that both sides are the same.

    The target must be empty, or hold an unfinished copy of the same source, which is gone on with. The source is
    only read, and nothing may work on it meanwhile. Policy files, tokens and cached parts are not copied.
    """
    _check(shared)
    options = CopyOptions(
        source=source, target=target, from_home=from_home or shared.home, to_home=to_home or shared.home
    )
    with _progress(desk.screen) as watcher:
        report = await desk.toolbox.copy(options, watcher)
    desk.answer(shared, lambda: _view(report), lambda: _page(report))


def _check(shared: Shared) -> None:
    if shared.profile is not None:
        raise InvalidInput("a copy has two sides", where="--profile", remedy="name the profiles with --from and --to")
    if shared.tenant != DEFAULTS.tenant:
        raise InvalidInput(
            "a copy is one of all tenants", where="--tenant", remedy="leave it out: a tenant cannot be copied alone"
        )


def _view(report: CopyReport) -> Json:
    return {
        "position": report.position,
        "resumed_from": report.resumed_from,
        "payloads": report.payloads,
        "payload_bytes": report.payload_bytes,
        "counts": dict(report.counts),
        "verified": True,
    }


def _page(report: CopyReport) -> tuple[Block, ...]:
    went_on = f"from position {report.resumed_from} on" if report.resumed_from else None
    return (
        Paragraph(line(strong("copied and verified: "), "both sides are the same")),
        facts(
            (
                ("went on", went_on),
                ("position", str(report.position)),
                *((kind, str(count)) for kind, count in report.counts.items()),
                ("payloads put", f"{report.payloads} ({words.size(report.payload_bytes)})"),
            )
        ),
        Paragraph(line(quiet("not copied: policy files, tokens, cached parts")), 2),
    )


@contextmanager
def _progress(screen: Screen) -> Iterator[CopyWatcher]:
    """A bar, on a terminal only."""
    if not screen.err.isatty() or not screen.out.isatty():
        yield _silent
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from artifact_plane.adapters.cli.page.terminal import console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(screen.err), transient=True) as bar:
        task = bar.add_task("copying", total=None)

        def show(progress: CopyProgress) -> None:
            bytes_put = f", {words.size(progress.payload_bytes)}" if progress.payload_bytes else ""
            bar.update(
                task,
                description=f"{_STAGES[progress.stage]}{bytes_put}",
                completed=progress.done,
                total=progress.total,
            )

        yield show


def _silent(_: CopyProgress) -> None:
    """Progress for nobody."""
