"""``ap policy put``: a policy text that is kept in the database, put in force or taken out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli.commands.inputs import read_file
from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, Shared
from artifact_plane.adapters.cli.page.blocks import Paragraph, line, name
from artifact_plane.adapters.cli.toolbox import OpenOptions, PolicyPut
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier


async def put(
    file: Annotated[Path | None, Parameter(name="FILE", help="The policy file.")] = None,
    /,
    *,
    solution: Annotated[str | None, Parameter(help="It is this solution's override.")] = None,
    platform: Annotated[bool, Parameter(show_default=False, help="It is the platform's default.")] = False,
    governance: Annotated[bool, Parameter(show_default=False, help="It is the steward's governance.")] = False,
    remove: Annotated[bool, Parameter(show_default=False, help="Take it out of force; no FILE then.")] = False,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Put a policy in force for all processes, where policies are kept in Postgres.

    A text that does not load changes nothing.
    """
    asked = {"solution": solution, "platform": platform, "governance": governance}
    layers = [layer for layer, given in asked.items() if given]
    if len(layers) != 1:
        remedy = "give one of --solution NAME, --platform, --governance"
        raise InvalidInput("it must be said what the text is", where="ap policy put", remedy=remedy)
    if (file is None) != remove:
        raise InvalidInput("give a FILE, or --remove", where="ap policy put", remedy="one of the two")
    tenant = check_identifier("tenant id", shared.tenant)
    wanted = PolicyPut(
        layer=layers[0],
        tenant_id=tenant,
        solution_id=check_identifier("solution id", solution or "default"),
        text=None if file is None else read_file(file),
        name=str(file),
    )
    await desk.toolbox.put_policy(OpenOptions(profile=shared.profile, home=shared.home, create=True), wanted)
    said = "out of force" if remove else "in force"
    what = f"{layers[0]} {solution} of {tenant}" if solution else layers[0]
    desk.answer(
        shared,
        lambda: {"layer": layers[0], "solution": solution, "in_force": not remove},
        lambda: (Paragraph(line(f"{said}: ", name(what))),),
    )
