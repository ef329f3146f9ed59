"""The insights realm, and a table with faults to give to it."""

from __future__ import annotations

from artifact_plane.adapters.realms.insights import InsightsRealm
from artifact_plane.domain.model.json import Json, JsonObject
from tests.adapters.realms.conftest import csv_of, done, objects

REALM = InsightsRealm()
CLAIMS = csv_of(
    "claim,amount,region,paid",
    "C1,100,East,yes",
    "C2,110,East,no",
    "C3,oops,West,yes",
    "C4,NA,West,",
    "C5,120,East,yes",
    "C6,90,West,yes",
    "C6,90,West,yes",
    "C7,9000,East,yes",
    *(f"D{number},{100 + number},West,yes" for number in range(12)),
)


def report(data: bytes, **parameters: Json) -> JsonObject:
    return done(REALM, "assess_data_quality", data, **parameters)


def interpretation(data: bytes, **parameters: Json) -> JsonObject:
    return done(REALM, "interpret_data", data, **parameters)


def sentences(payload: JsonObject) -> list[str]:
    return [str(one["statement"]) for one in objects(payload["statements"])]
