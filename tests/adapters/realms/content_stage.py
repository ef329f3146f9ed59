"""The content realm, and a table to give to it."""

from __future__ import annotations

from artifact_plane.adapters.realms.content import ContentRealm
from artifact_plane.domain.model.json import Json, JsonObject
from tests.adapters.realms.conftest import csv_of, done, objects

REALM = ContentRealm()
PENGUINS = csv_of(
    "species,island,mass,sex,seen",
    *(
        f"{'Adelie' if row % 3 else 'Gentoo'},{'Dream' if row % 2 else 'Biscoe'},"
        f"{3000 + row * 37 % 500 + (row % 3 == 0) * 900},"
        f"{'NA' if row % 10 == 0 else 'male'},2024-0{row % 9 + 1}-01"
        for row in range(60)
    ),
)


def parsed(data: bytes, **parameters: Json) -> JsonObject:
    return done(REALM, "parse_content", data, **parameters)


def visual(data: bytes, **parameters: Json) -> list[dict[str, Json]]:
    return objects(done(REALM, "visualize", data, **parameters)["charts"])


def fields_by_name(payload: JsonObject) -> dict[Json, dict[str, Json]]:
    return {field["name"]: field for field in objects(payload["fields"])}
