"""``ap get``: the bytes of a meaning or a rendering."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli.delivery import Write, copy, is_text, to_eyes, to_file, to_stream
from artifact_plane.adapters.cli.desk import Desk, HandedIn, whole_id
from artifact_plane.adapters.cli.options import DEFAULTS, ArtifactId, Shared
from artifact_plane.adapters.cli.page.blocks import Paragraph, line, quiet
from artifact_plane.domain.model.artifact import MEANING_MEDIA_TYPE
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import SEMANTIC_PART
from artifact_plane.ports.answers import Content


async def get(
    artifact: ArtifactId,
    /,
    *,
    rendering: Annotated[
        str, Parameter(show_default=False, help="A view by its name, or a format such as pdf; else the meaning.")
    ] = SEMANTIC_PART,
    version: Annotated[int | None, Parameter(help="An earlier version than the current one.")] = None,
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), help="A file to write; it is whole or not there.")
    ] = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Write an artifact's meaning, as its canonical JSON, or one of its renderings.

    A rendering that was dropped is drawn again from the meaning; that it was is said on standard error.
    """
    to_file_only = output is not None and str(output) != "-"
    async with desk.open(shared) as app:
        artifact_id = await whole_id(app, artifact, shared.tenant)
        content = await app.plane.open_content(artifact_id, shared.tenant, rendering, version=version)
        if shared.json and not to_file_only:
            _check_json(content)
        with _sink(output if to_file_only else None, content, desk) as write:
            await copy(content.source, write)
    _remark(content, desk)
    if shared.json and to_file_only:
        desk.screen.document(_facts(content, output))


def _check_json(content: Content) -> None:
    if content.part.media_type.partition(";")[0] != MEANING_MEDIA_TYPE:
        raise InvalidInput(
            f"{content.part.media_type} is no JSON document",
            where="--json",
            remedy="leave --json out, or name a file with -o",
        )


def _sink(output: Path | None, content: Content, desk: Desk) -> AbstractContextManager[Write]:
    if output is not None:
        return to_file(output, desk.toolbox.new_id())
    if not desk.screen.interactive:
        return to_stream(desk.screen)
    if is_text(content.part.media_type):
        return to_eyes(desk.screen)
    raise InvalidInput(
        f"{content.part.media_type} is nothing for a terminal",
        where=content.part.name,
        remedy="name a file with -o, or send it down a pipe",
    )


def _remark(content: Content, desk: Desk) -> None:
    if content.drawn:
        by = content.part.rendered_by
        drawn = "drawn on demand from the meaning" + ("" if by is None else f" by {by.renderer} {by.version}")
        desk.screen.tell(Paragraph(line(quiet(drawn))))
    if content.notice:
        desk.screen.tell(Paragraph(line(quiet(content.notice))))


def _facts(content: Content, output: Path | None) -> JsonObject:
    return {
        "artifact_id": content.artifact.artifact_id,
        "version": content.artifact.version,
        "part": content.part.name,
        "media_type": content.part.media_type,
        "size": content.size,
        "digest": content.digest,
        "drawn": content.drawn,
        "notice": content.notice,
        "output": str(output),
    }
