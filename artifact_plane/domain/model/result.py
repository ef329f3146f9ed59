"""What a realm gives back: outputs, each a meaning with views of it, and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

from artifact_plane.domain.model import identity
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import check_identifier, check_name
from artifact_plane.domain.model.json import JsonObject
from artifact_plane.domain.model.rendering import Rendering


def label_set(labels: Iterable[str]) -> tuple[str, ...]:
    """The labels sorted and without repetition, each checked.

    Raises:
        InvalidInput: a label is not a legal name.
    """
    return tuple(sorted({check_name("label", label) for label in labels}))


def _artifact_ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_identifier("artifact id", one) for one in ids))


def _renderings(views: Iterable[Rendering]) -> tuple[Rendering, ...]:
    return tuple(views)


def _events(events: Iterable[JsonObject]) -> tuple[JsonObject, ...]:
    return tuple(events)


def _unique_names(
    instance: object, attribute: attrs.Attribute[tuple[Rendering, ...]], value: tuple[Rendering, ...]
) -> None:
    twice = [name for name, times in Counter(rendering.name for rendering in value).items() if times > 1]
    if twice:
        raise InvalidInput(
            f"two renderings are called {min(twice)!r}", where="renderings", remedy="give each view its own name"
        )


@attrs.frozen(kw_only=True)
class Output:
    """One thing a realm produced.

    ``result_type`` is what the policy rules on; the producer states it (law 5). ``semantic_payload`` is what it
    means, a JSON object. ``renderings`` are views of that meaning. ``derived_from`` names the artifacts it was
    made from, ``labels`` what a policy may ask about.
    """

    result_type: str = attrs.field(validator=identity.name("result type"))
    semantic_payload: JsonObject
    renderings: tuple[Rendering, ...] = attrs.field(default=(), converter=_renderings, validator=_unique_names)
    derived_from: tuple[str, ...] = attrs.field(default=(), converter=_artifact_ids)
    labels: tuple[str, ...] = attrs.field(default=(), converter=label_set)


@attrs.frozen(kw_only=True)
class RealmResult:
    """All that one intent brought about: outputs by key, and events for whoever listens."""

    artifacts: Mapping[str, Output] = attrs.field(factory=dict)
    events: tuple[JsonObject, ...] = attrs.field(default=(), converter=_events)
