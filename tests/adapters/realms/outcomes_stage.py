"""Meanings of earlier artifacts, for the Outcomes realm to cite."""

from __future__ import annotations

from artifact_plane.domain.model.json import Json, JsonObject

QUALITY: dict[str, Json] = {
    "title": "Claims",
    "rows": 120,
    "columns": 10,
    "missing": {"total": 90},
    "duplicates": 2,
    "outliers": [],
}
BLUEPRINT: JsonObject = {
    "title": "Blueprint: Pay",
    "figures": {"handovers": {"as_is": 7, "to_be": 4}, "steps": {"as_is": 12, "to_be": 12}},
    "gaps": [
        {"id": "gap-1", "kind": "missing_role", "text": "3 steps without a role"},
        {"id": "gap-2", "kind": "done_by_hand", "text": "2 steps done by hand"},
    ],
    "to_be": {"changes": [{"kind": "automate", "steps": ["a"], "becomes": "a", "reason": "it computes by a rule"}]},
    "steps": [{"id": "a", "name": "Sum up", "kind": "task", "role": None, "next": []}],
}
WORKFLOW: JsonObject = {"title": "Pay", "steps": [{"id": "a", "name": "A", "kind": "task", "role": None, "next": []}]}
