"""Realms and renderers: the built-in ones, those that installed distributions bring, and the caller's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.ports.realm import Realm
from artifact_plane.ports.renderer import Renderer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

REALMS: Final = "artifact_plane.realms"
"""The entry point group under which a distribution registers a realm: a class without arguments, or an instance."""


def installed_realms() -> tuple[Realm, ...]:
    """The built-in realms and those of installed distributions.

    Raises:
        InvalidInput: an entry point does not load as a realm; it names the distribution.
    """
    from importlib.metadata import entry_points

    from artifact_plane.adapters.realms import builtin_realms

    return (*builtin_realms(), *(_loaded(point) for point in entry_points(group=REALMS)))


def installed_renderers() -> tuple[Renderer, ...]:
    """The built-in renderers."""
    from artifact_plane.adapters.rendering import builtin_renderers

    return builtin_renderers()


def _loaded(point: EntryPoint) -> Realm:
    where = f"entry point {point.name!r} of the distribution {point.dist.name if point.dist else 'unknown'!r}"
    try:
        realm = point.load()
    except (ImportError, AttributeError) as error:
        raise InvalidInput(
            f"the realm cannot be loaded: {error}", where=where, remedy="mend or uninstall that distribution"
        ) from error
    if isinstance(realm, type):
        realm = realm()
    if not isinstance(realm, Realm):
        raise InvalidInput(
            f"it names {type(realm).__name__}, which is no Realm",
            where=where,
            remedy="name a class without arguments, or an instance, of artifact_plane.Realm",
        )
    return realm
