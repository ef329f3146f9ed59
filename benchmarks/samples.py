"""What is stored: a meaning of 8 KiB as a realm gives it, and bytes that are never the same twice."""

from __future__ import annotations

import random
from typing import Final

from artifact_plane.domain.model.json import Json, JsonObject

TENANT: Final = "bench"
_WORDS: Final = [
    "claim",
    "intake",
    "review",
    "adjuster",
    "settle",
    "reserve",
    "invoice",
    "vendor",
    "region",
    "policy",
    "premium",
    "audit",
]


def meaning(number: int) -> JsonObject:
    """A meaning of about 8 KiB in its canonical form: 70 rows of six values, and some text."""
    chance = random.Random(number)  # noqa: S311 - sample data
    rows: list[Json] = [
        {
            "id": number * 100 + row,
            "name": f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {row}",
            "amount": round(chance.random() * 10_000, 2),
            "open": row % 3 == 0,
            "owner": None if row % 5 == 0 else chance.choice(_WORDS),
            "tags": [chance.choice(_WORDS), chance.choice(_WORDS)],
        }
        for row in range(70)
    ]
    summary = " ".join(chance.choice(_WORDS) for _ in range(60))
    return {"title": f"Result {number}", "summary": summary, "rows": rows, "columns": 6, "score": chance.random()}


def small_meaning(number: int) -> JsonObject:
    """A meaning of a few hundred bytes."""
    return {"number": number, "text": "x" * 200}


def picture(size: int, number: int) -> bytes:
    """``size`` bytes that no other number gives."""
    return b"\x89PNG\r\n\x1a\n" + number.to_bytes(8, "big") + random.Random(number).randbytes(size - 16)  # noqa: S311
