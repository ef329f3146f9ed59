"""docs/realms.md: its tables are what the realms themselves say."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import pytest

from artifact_plane import Application, BytesSource, Intent, InvalidInput, open_application
from artifact_plane.adapters.cli.commands.demo_steps import GOALS, STEPS, Made, example
from artifact_plane.domain.model.json import Json
from artifact_plane.ports.answers import ArtifactView
from tests.journeys import documents

PAGE: Final = documents.text_of("docs/realms.md")
NO_SUCH: Final = "zzz"
WHO: Final = {"tenant_id": "t", "session_id": "s", "solution_id": "x"}


@pytest.fixture
async def app() -> AsyncIterator[Application]:
    """A plane in memory, with what is built in."""
    async with open_application("memory") as application:
        yield application


def _rows(heading: str) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in documents.table(PAGE, heading)}


def _names(cell: str) -> list[str]:
    return [] if cell == "none" else cell.split(", ")


async def _legal(app: Application, intent_type: str, parameters: Mapping[str, Json], *attachments: str) -> list[str]:
    """What the refusal of something unknown names as legal."""
    given = {name: BytesSource(b"x") for name in attachments}
    intent = Intent(intent_id="i", intent_type=intent_type, parameters=parameters, attachments=given, **WHO)
    with pytest.raises(InvalidInput) as refused:
        await app.runtime.dry_run(intent)
    return sorted(re.findall(r"'(\w+)'", refused.value.remedy or ""))


async def test_every_intent_type_is_there_with_its_realm(app: Application) -> None:
    assert sorted((name, row[0]) for name, row in _rows("intent type").items()) == list(app.runtime.intent_types())


@pytest.mark.parametrize("intent_type", _rows("intent type"))
async def test_it_takes_the_attachments_and_parameters_that_the_page_names(app: Application, intent_type: str) -> None:
    _, _, attachments, parameters = _rows("intent type")[intent_type]
    assert await _legal(app, intent_type, {}, NO_SUCH) == _names(attachments)
    assert await _legal(app, intent_type, {NO_SUCH: 1}) == _names(parameters)


@pytest.mark.parametrize("intent_type", _rows("intent type"))
async def test_it_can_be_asked_for_the_views_that_the_page_names(app: Application, intent_type: str) -> None:
    offered, also = _rows("result")[_rows("intent type")[intent_type][1]]
    assert await _legal(app, intent_type, {"formats": [NO_SUCH]}) == sorted(_names(offered) + _names(also))


async def test_results_of_the_example_have_the_views_and_keys_that_the_page_names(app: Application) -> None:
    views, keys, results = _rows("result"), _rows("type"), await _example(app)
    assert results.keys() == views.keys() == keys.keys()
    for name, view in results.items():
        assert [part.name for part in view.artifact.renderings] == _names(views[name][0])
        assert sorted(view.semantic_payload or {}) == _names(keys[name][0])


async def _example(app: Application) -> dict[str, ArtifactView]:
    results: dict[str, ArtifactView] = {}
    for number, step in enumerate(STEPS):
        ids = {name: view.artifact.artifact_id for name, view in results.items()}
        intent = step.intent(Made(ids=ids, goals=json.loads(example(GOALS))), f"i{number}", **WHO)
        [reference] = (await app.runtime.execute(intent)).execution.references
        results[reference.key] = await app.plane.get_artifact(reference.artifact_id, WHO["tenant_id"])
    return results
