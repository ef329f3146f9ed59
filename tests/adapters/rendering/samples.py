"""Meanings to draw: one of each kind, hostile text, and a strategy for any JSON object."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from artifact_plane.domain.model.json import Json, JsonObject

HOSTILE: Final = "<img src=x onerror=alert(1)> \x00\x1b[31m ]]> &amp; \"'`|*_ \u202eevil\u2066 \ufffe</script><!-- ${x}"

REPORT: Final[JsonObject] = {
    "kind": "quality_report",
    "title": "Data quality of claims intake",
    "summary": "Most columns are complete; three need attention before the data is used for decisions.",
    "rows": 12480,
    "score": 0.91732,
    "complete": True,
    "reviewer": None,
    "missing": [
        {"column": "loss_date", "missing": 311, "share": 0.0249198, "examples": []},
        {"column": "postcode", "missing": 87, "note": "numbers | leading zeros"},
    ],
    "statistics": {"age": {"min": 18, "max": 97}, "excess": {"min": 0, "max": 2500}},
    "recommendations": ["Require the loss date.", "Keep the postcode as text."],
    "assessments": [{"name": "Completeness", "findings": [{"check": "required columns", "passed": 12}]}],
    "source": {"fileName": "claims.csv", "bytes": 2831042, "year": 20260131},
    "notes": "First line.\nSecond line.\n\nAnother paragraph.",
}

CHARTS: Final[JsonObject] = {
    "title": "What the file shows",
    "charts": [
        {
            "kind": "bar",
            "title": "Penguins by species",
            "x": {"label": "species", "categories": ["Adelie", "Chinstrap", "Gentoo", None]},
            "y": {"label": "count"},
            "series": [{"name": "count", "values": [152, 68, None, 124]}],
        },
        {
            "kind": "histogram",
            "title": "Body mass",
            "x": {"label": "g", "edges": [2700, 3200, 3700, 4200]},
            "y": {"label": "count"},
            "series": [{"name": "body_mass_g", "values": [4, 58, 21]}],
        },
        {
            "kind": "scatter",
            "title": "Bill",
            "x": {"label": "length"},
            "y": {"label": "depth"},
            "series": [
                {"name": "Adelie", "points": [[38.8, 18.3], [39.1, 17.9]]},
                {"name": "Gentoo", "points": [[47.5, 15.0]]},
            ],
        },
        {
            "kind": "line",
            "title": "Claims",
            "x": {"label": "month", "values": [1, 2, 3, 4]},
            "y": {"label": "claims"},
            "series": [{"name": "2025", "values": [12010, None, 12400, 12950]}, {"name": "", "values": [1, 2, 3, 4]}],
        },
    ],
}


def step(identifier: str, name: str, kind: str, role: str | None, *following: Json) -> JsonObject:
    """One step of a process."""
    return {"id": identifier, "name": name, "kind": kind, "role": role, "next": list(following)}


PROCESS: Final[JsonObject] = {
    "title": "Claims intake",
    "steps": [
        step("start", "Start", "start", "Customer", "submit"),
        step("submit", "Submit the claim form with photographs", "task", "Customer", "register"),
        step("register", "Register the claim", "userTask", "Clerk", "complete"),
        step(
            "complete",
            "Is the claim complete?",
            "exclusiveGateway",
            "Clerk",
            {"to": "assess", "condition": "yes"},
            {"to": "ask", "condition": "no"},
        ),
        step("ask", "Ask for the missing documents", "task", "Clerk", "answer"),
        step("answer", "Send the missing documents", "task", "Customer", "register"),
        step("assess", "Assess cover and liability", "task", "Adjuster", "amount"),
        step(
            "amount",
            "Amount above 10,000?",
            "decision",
            "Adjuster",
            {"to": "approve", "condition": "yes"},
            {"to": "pay", "condition": "no"},
        ),
        step("approve", "A second pair of eyes approves the settlement", "task", "Special unit", "pay"),
        step("pay", "Pay the claim", "task", "Clerk", "archive", "end"),
        step("archive", "Claims archive", "data store", None),
        step("end", "Claim closed and the customer told", "end", "Customer"),
    ],
}

_TEXTS: Final = st.text(max_size=40) | st.sampled_from(
    [HOSTILE, "# heading", "1. one", "- item", "a\n\nb", "long " * 60]
)
_SCALARS: Final = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS
)
_KEYS: Final = _TEXTS | st.sampled_from(["title", "name", "kind", "summary", "id", "rows"])


def _nested(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4)


json_objects: Final[st.SearchStrategy[JsonObject]] = st.dictionaries(
    _KEYS, st.recursive(_SCALARS, _nested, max_leaves=25), max_size=6
)


def reordered(value: Json) -> Json:
    """The same meaning with every object's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [reordered(item) for item in value]
    return value
