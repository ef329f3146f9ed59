"""What each route needs: one table for all of them, and the middleware that enforces it, default-deny.

A group of routes brings its own table; the tables are merged when the service is made, and a route that stands in none
makes that fail. A request is judged after routing, by the very route that will answer it: whatever the path looked
like, there is no second opinion about what it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from enum import Enum
from typing import Final, TypeAlias

import attrs
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from artifact_plane.domain.model.credential import Scope


class Open(Enum):
    """What a route may need other than a scope."""

    PUBLIC = "public"
    """Nothing: anybody may call it. Each such route is known by name to a test."""
    CALLER = "caller"
    """A caller, with whatever scopes."""


Need: TypeAlias = "Scope | Open"
Needs: TypeAlias = Mapping[tuple[str, str], Need]
"""(method, path template) to what it needs, as in ``("GET", "/api/artifact/{artifact_id}"): Scope.READ``."""


@attrs.frozen(kw_only=True)
class RouteGroup:
    """Routes that belong together, and what they need.

    Handlers take their paths whole (``/api/…``). ``cookies`` says that a browser's session counts as authority here;
    the API takes bearer tokens only, so that no page can make a browser call it.
    """

    name: str
    handlers: Sequence[ControllerRouterHandler]
    needs: Needs
    cookies: bool = False


def with_head(group: RouteGroup) -> RouteGroup:
    """The group with HEAD wherever it has GET: the same route under the same rule, whose answer ends with its headers
    (``streams.Answer``)."""
    heads: Needs = {("HEAD", path): need for (method, path), need in group.needs.items() if method == "GET"}
    return attrs.evolve(group, handlers=[_with_head(one) for one in group.handlers], needs={**group.needs, **heads})


def _with_head(handler: ControllerRouterHandler) -> ControllerRouterHandler:
    if not (isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods):
        return handler
    made = copy(handler)
    made.http_methods = handler.http_methods | {"HEAD"}
    return made


@attrs.frozen
class Rule:
    """What a route needs, and whether a browser's session may give it."""

    need: Need
    cookies: bool


class RouteTable:
    """The merged table of all groups."""

    def __init__(self, groups: Iterable[RouteGroup]) -> None:
        """Raises ValueError where two groups claim the same route."""
        self._rules: Final[dict[tuple[str, str], Rule]] = {}
        for group in groups:
            for route, need in group.needs.items():
                if route in self._rules:
                    raise ValueError(f"two groups claim {' '.join(route)}")
                self._rules[route] = Rule(need, group.cookies)

    def rule(self, method: str, template: str) -> Rule | None:
        """The rule of a route; None, for a route that nobody named, denies.

        OPTIONS, which tells the methods of a path and nothing else, needs a caller where GET does.
        """
        need = Open.PUBLIC if self.is_public(template) else Open.CALLER
        return self._rules.get((method, template)) or (Rule(need, True) if method == "OPTIONS" else None)

    def is_public(self, template: str) -> bool:
        """Whether anybody may GET that path, and so may be told how it is asked."""
        rule = self._rules.get(("GET", template))
        return rule is not None and rule.need is Open.PUBLIC

    @property
    def routes(self) -> frozenset[tuple[str, str]]:
        """All routes that stand in the table."""
        return frozenset(self._rules)

    def check(self, app: Litestar) -> None:
        """Hold the table against the live routes.

        Raises:
            ValueError: a live route does not stand in the table, is none of HTTP's plain routes, or the table names
                one that does not exist.
        """
        live = live_routes(app)
        missing, stale = live - self.routes, self.routes - live
        if missing or stale:
            raise ValueError(f"routes without a scope: {sorted(missing)}; scopes without a route: {sorted(stale)}")


def live_routes(app: Litestar) -> frozenset[tuple[str, str]]:
    """(method, path template) of every route that the application answers, OPTIONS excepted.

    Raises:
        ValueError: there is a mounted application or a websocket, which this table cannot judge.
    """
    plain = [route for route in app.routes if isinstance(route, HTTPRoute)]
    if len(plain) != len(app.routes):
        raise ValueError("a mounted application or a websocket has no place in the table of scopes")
    return frozenset((method, route.path_format) for route in plain for method in route.methods if method != "OPTIONS")
