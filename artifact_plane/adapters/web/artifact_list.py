"""The list of artifacts: every filter is part of the address, and so are its columns and how many rows it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final
from urllib.parse import quote

import attrs
from litestar import get

from artifact_plane.adapters.http.callers import HttpRequest, caller_of
from artifact_plane.adapters.http.service import service_of
from artifact_plane.adapters.web.asking import Asked, address
from artifact_plane.adapters.web.page import page_as_it_comes
from artifact_plane.adapters.web.sending import PageInParts
from artifact_plane.domain.model.artifact import Artifact, ArtifactFilter, ArtifactState
from artifact_plane.domain.model.decision import MaterializationDecision

PAGE_SIZE: Final = 50
MOST_ROWS: Final = 500
SIZES: Final = (25, PAGE_SIZE, 100, 250, MOST_ROWS)
COLUMNS: Final[Mapping[str, str]] = {
    "decision": "Decision",
    "id": "Id",
    "key": "Key",
    "labels": "Labels",
    "kept": "Kept",
    "parts": "Parts",
    "version": "Version",
    "maker": "Made by",
    "execution": "Execution",
    "session": "Session",
    "solution": "Solution",
    "retention": "Retention",
    "created": "Created",
    "changed": "Changed",
}
"""The columns that can be chosen, beside the type, in their order."""

USUAL: Final = ("decision", "id", "labels", "kept", "version", "session", "solution", "changed")
_STATES: Final = {"active": ArtifactState.ACTIVE, "deleted": ArtifactState.DELETED, "all": None}
_DECISIONS: Final = {one.value: one for one in MaterializationDecision}
_FILTERS: Final = ("type", "state", "decision", "label", "session", "solution", "execution")


@attrs.frozen(kw_only=True)
class Look:
    """What the list is to look like: the filters as they were asked for, the columns, and the rows of a page."""

    filters: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: int

    @staticmethod
    def of(asked: Asked) -> Look:
        """The look that a query asks for. Raises InvalidInput."""
        chosen = [asked.one_of("column", one, COLUMNS) for one in asked.texts("column")]
        return Look(
            filters=tuple((name, given) for name in _FILTERS if (given := asked.text(name))),
            columns=tuple(name for name in COLUMNS if name in chosen) or USUAL,
            rows=asked.number("limit", 1, MOST_ROWS) or PAGE_SIZE,
        )

    @property
    def unusual(self) -> tuple[tuple[str, str], ...]:
        """The fields that say in what it is not the list as it first comes."""
        columns = () if self.columns == USUAL else tuple(("column", name) for name in self.columns)
        return (*columns, *((("limit", str(self.rows)),) if self.rows != PAGE_SIZE else ()))

    def page(self, after: str | None) -> str:
        """The address of one page of it."""
        return address("/artifacts", [*self.filters, *self.unusual, ("after", after)])

    def cleared(self) -> str:
        """The address of the list with the same look and no filters."""
        return attrs.evolve(self, filters=()).page(None)

    def plain(self) -> str:
        """The address of the list with the same filters, as it first comes."""
        return attrs.evolve(self, columns=USUAL, rows=PAGE_SIZE).page(None)

    def narrowed(self) -> Mapping[str, str]:
        """For what a row says of an artifact, the address of the list narrowed to it, up to the value, quoted."""
        return {name: self._up_to(name) for name in ("label", "session", "solution")}

    def _up_to(self, name: str) -> str:
        others = [one for one in (*self.filters, *self.unusual) if one[0] != name]
        start = address("/artifacts", others)
        return f"{start}{'&' if others else '?'}{quote(name)}="


@get("/artifacts", include_in_schema=False)
async def artifact_list(request: HttpRequest) -> PageInParts:
    """A page of artifacts, newest first."""
    asked = Asked.of(request)
    look = Look.of(asked)
    found = await service_of(request).application.plane.list_artifacts(
        caller_of(request).tenant_id, criteria_of(asked), limit=look.rows, after=asked.text("after")
    )
    return page_as_it_comes(
        request,
        "artifacts.html",
        artifacts=found.artifacts,
        offered=partial(offered_by, found.artifacts),  # asked for when the page comes to it: its head need not wait
        asked=asked,
        states=_STATES,
        decisions=_DECISIONS,
        look=look,
        columns=COLUMNS,
        sizes=sorted({*SIZES, look.rows}),
        first=look.page(None) if asked.text("after") else None,
        following=look.page(found.next) if found.next else None,
    )


def offered_by(artifacts: Iterable[Artifact]) -> Mapping[str, list[str]]:
    """What the filters' fields offer to choose from: what is on the page that is looked at."""
    found: dict[str, set[str]] = {"types": set(), "labels": set(), "sessions": set(), "solutions": set()}
    for one in artifacts:
        found["types"].add(one.artifact_type)
        found["labels"].update(one.labels)
        found["sessions"].add(one.session_id)
        found["solutions"].add(one.solution_id)
    return {name: sorted(values) for name, values in found.items()}


def criteria_of(asked: Asked) -> ArtifactFilter:
    """The filter that the fields of a query say. Raises InvalidInput."""
    return ArtifactFilter(
        artifact_type=asked.text("type"),
        session_id=asked.text("session"),
        execution_id=asked.text("execution"),
        solution_id=asked.text("solution"),
        label=asked.text("label"),
        decision=asked.choice("decision", _DECISIONS, None),
        state=asked.choice("state", _STATES, ArtifactState.ACTIVE),
    )
