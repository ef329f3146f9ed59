"""What a command works with besides its arguments: the composition's tools, the screen and the time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import attrs
from cyclopts import Parameter

from artifact_plane.adapters.cli.options import Shared
from artifact_plane.adapters.cli.page.blocks import Block
from artifact_plane.adapters.cli.screen import Screen
from artifact_plane.adapters.cli.toolbox import OpenOptions, Toolbox
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.json import Json

if TYPE_CHECKING:
    from artifact_plane.ports.application import Application


@attrs.frozen(kw_only=True)
class Desk:
    """One command's tools and screen; ``at_home`` for a command that no service carries out."""

    toolbox: Toolbox
    screen: Screen
    at_home: bool = False

    @property
    def now(self) -> datetime:
        """The time in UTC."""
        return self.toolbox.now()

    def open(
        self, shared: Shared, *, create: bool = False, policy: Path | None = None
    ) -> AbstractAsyncContextManager[Application]:
        """The plane that the common options name.

        Raises:
            InvalidInput: the tenant is no legal id; and whatever ``Opener`` says.
        """
        check_identifier("tenant id", shared.tenant)
        return self.toolbox.open(
            OpenOptions(
                profile=shared.profile,
                home=shared.home,
                policy=policy,
                create=create,
                server=shared.server,
                tenant=shared.given_tenant,
                at_home=self.at_home,
            )
        )

    def answer(self, shared: Shared, view: Callable[[], Json], page: Callable[[], tuple[Block, ...]]) -> None:
        """Answer in the form that was asked for; the other one is not made."""
        if shared.json:
            self.screen.document(view())
        else:
            self.screen.show(*page())


HandedIn: TypeAlias = Annotated[Desk, Parameter(parse=False)]
"""The type of a command's ``desk``: not on the command line, ``main`` gives it."""


async def whole_id(app: Application, given: str, tenant_id: str) -> str:
    """The artifact id that was meant by ``given``.

    Raises:
        InvalidInput: it is no legal id, or the beginning of several.
        NotFound: no id of this tenant begins so.
    """
    return await app.plane.resolve(check_identifier("artifact id", given), tenant_id)
