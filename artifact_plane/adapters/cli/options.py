"""The options that every command has, and shapes of arguments that several share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, TypeAlias

import attrs
from cyclopts import Group, Parameter

_TENANT = "local"
_COMMON = Group("Common options", sort_key=9)


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Shared:
    """Which plane, whose, and how to answer."""

    home: Annotated[
        Path | None,
        Parameter(
            name="--home", group=_COMMON, help="The plane's folder; ./.artifact-plane unless the settings say so."
        ),
    ] = None
    profile: Annotated[
        str | None,
        Parameter(name="--profile", group=_COMMON, help="Which stores to use: local, cloud, or memory to try things."),
    ] = None
    server: Annotated[
        str | None,
        Parameter(
            name="--server",
            group=_COMMON,
            help="A running service to work on, not a home; its token stands in ARTIFACT_PLANE_TOKEN.",
        ),
    ] = None
    _tenant: Annotated[
        str | None,
        Parameter(
            name="--tenant", group=_COMMON, help="Whose artifacts; local unless given, at a service the token's."
        ),
    ] = None
    json: Annotated[
        bool, Parameter(name="--json", group=_COMMON, show_default=False, help="Answer with one JSON document.")
    ] = False

    @property
    def tenant(self) -> str:
        """Whose artifacts."""
        return _TENANT if self._tenant is None else self._tenant

    @property
    def given_tenant(self) -> str | None:
        """The tenant, where one was named."""
        return self._tenant

    @property
    def outlives(self) -> bool:
        """Whether there is anything to ask about in another process."""
        return self.profile != "memory"

    def command(self, *words: str) -> str:
        """A command to try next: on the same plane and for the same tenant."""
        given = (
            ("--home", self.home),
            ("--profile", self.profile),
            ("--server", self.server),
            ("--tenant", None if self.tenant == _TENANT and self.server is None else self._tenant),
        )
        repeated = [str(word) for option in given if option[1] is not None for word in option]
        return shlex.join(("ap", *words, *repeated))


DEFAULTS = Shared()

ArtifactId: TypeAlias = Annotated[
    str, Parameter(name="ID", help="An artifact's id, or its beginning while that is unique.")
]
PolicyFile: TypeAlias = Annotated[
    Path | None, Parameter(name="--policy", help="A policy file that stands in for the solution's override.")
]
