"""``ap lineage``: where an artifact came from, or what came of it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.commands.ancestry import ancestry
from artifact_plane.adapters.cli.desk import HandedIn, whole_id
from artifact_plane.adapters.cli.options import DEFAULTS, ArtifactId, Shared
from artifact_plane.adapters.cli.page.blocks import Block, Paragraph, Tree, line, name, quiet
from artifact_plane.adapters.codec.views import lineage_view
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.lineage import Bounds, Direction, Lineage


async def lineage(
    artifact: ArtifactId,
    /,
    *,
    up: Annotated[bool, Parameter(show_default=False, help="What it came from; this is what is shown.")] = False,
    down: Annotated[bool, Parameter(show_default=False, help="What came of it.")] = False,
    depth: Annotated[int, Parameter(help="How many steps to go.")] = Bounds().depth,
    nodes: Annotated[int, Parameter(help="How many nodes to show at most.")] = Bounds().nodes,
    version: Annotated[int | None, Parameter(help="Of an earlier version than the current one.")] = None,
    tree: Annotated[bool, Parameter(show_default=False, help="Draw a tree; this is what is done.")] = False,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Show where an artifact came from, or what came of it. A deleted artifact has its lineage still."""
    _refuse_both("--up", up, "--down", down)
    _refuse_both("--tree", tree, "--json", shared.json)
    bounds = Bounds(depth=depth, nodes=nodes)
    direction = Direction.DOWNSTREAM if down else Direction.UPSTREAM
    async with desk.open(shared) as app:
        artifact_id = await whole_id(app, artifact, shared.tenant)
        ask = app.lineage.downstream if down else app.lineage.upstream
        answer = await ask(artifact_id, shared.tenant, bounds=bounds, version=version)
    desk.answer(shared, lambda: lineage_view(answer), lambda: lineage_page(answer, direction))


def _refuse_both(one: str, first: bool, other: str, second: bool) -> None:
    if first and second:
        raise InvalidInput("only one of the two", where=f"{one} {other}", remedy="leave one out")


def lineage_page(answer: Lineage, direction: Direction) -> tuple[Block, ...]:
    """The lineage as a tree; where it was cut, how to see more."""
    tree = Tree(ancestry(answer, direction))
    if not answer.truncated:
        return (tree,)
    shown = f"showing {words.counted(len(answer.nodes), 'node')}; there are more: raise "
    return tree, Paragraph(line(quiet(shown), name("--depth"), quiet(" or "), name("--nodes")))
