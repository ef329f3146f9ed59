"""A tiny checker of JSON shapes, and the shapes that the command line promises.

A pattern is a type, a tuple of alternatives (None among them for null), a list of one pattern for each item, or a
dict: its keys are all there and nothing else is; one that ends in ``?`` may be missing.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

Pattern: TypeAlias = Any
"""Any: one of the kinds named above, nested as deep as the document is; every constant would have to say so."""

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")
DECISION: Final = re.compile("persist|cache|discard")
TEXT: Final = (str, None)
COUNT: Final = (int, None)


def check(value: object, pattern: Pattern, path: str = "$") -> None:
    """Fail with the path at which ``value`` is not as ``pattern`` says."""
    if isinstance(pattern, tuple):
        assert any(_fits(value, one, path) for one in pattern), f"{path}: {value!r} is none of {pattern}"
    elif isinstance(pattern, list):
        assert isinstance(value, list), f"{path}: {value!r} is no list"
        for position, item in enumerate(value):
            check(item, pattern[0], f"{path}[{position}]")
    elif isinstance(pattern, dict):
        _check_object(value, pattern, path)
    elif isinstance(pattern, re.Pattern):
        assert isinstance(value, str) and pattern.fullmatch(value), f"{path}: {value!r} is not as {pattern.pattern}"
    elif pattern is None:
        assert value is None, f"{path}: {value!r} is not null"
    else:
        assert type(value) is pattern, f"{path}: {value!r} is no {pattern.__name__}"


def _check_object(value: object, pattern: dict[str, Pattern], path: str) -> None:
    assert isinstance(value, dict), f"{path}: {value!r} is no object"
    known = {name.removesuffix("?"): one for name, one in pattern.items()}
    needed = {name for name in pattern if not name.endswith("?")}
    assert needed <= value.keys(), f"{path}: {needed - value.keys()} is missing"
    assert value.keys() <= known.keys(), f"{path}: {value.keys() - known.keys()} is too much"
    for name, item in value.items():
        check(item, known[name], f"{path}.{name}")


def _fits(value: object, pattern: Pattern, path: str) -> bool:
    try:
        check(value, pattern, path)
    except AssertionError:
        return False
    return True


PART: Final = {
    "name": str,
    "role": re.compile("semantic|rendering"),
    "media_type": str,
    "size": COUNT,
    "digest": (DIGEST, None),
    "decision": DECISION,
    "where": re.compile("inline|payload_store|working_memory|dropped"),
    "expires_at?": TIME,
    "rendered_by?": {"renderer": str, "version": str, "format": str, "options": dict},
}
RECORD: Final = {
    "artifact_id": str,
    "artifact_type": str,
    "tenant_id": str,
    "session_id": str,
    "solution_id": str,
    "realm": TEXT,
    "intent_type": TEXT,
    "execution_id": TEXT,
    "created_at": TIME,
    "updated_at": TIME,
    "payload_storage_path": (DIGEST, None),
    "payload_artifact_id": TEXT,
    "regenerable": bool,
    "retention_policy": TEXT,
    "metadata": dict,
    "version": int,
    "state": re.compile("active|deleted"),
    "labels": [str],
    "decision": DECISION,
    "key": TEXT,
    "parts": [PART],
}
RULING: Final = {
    "decision": DECISION,
    "layer": str,
    "rule": str,
    "source": str,
    "reason": str,
    "policy_digest": str,
    "ttl": (int, re.compile("session"), None),
    "retention": TEXT,
}
PART_RULING: Final = {"part": str, "role": str, **RULING, "media_type": TEXT, "size": COUNT, "note": TEXT}
RECEIPT: Final = {
    "subject": str,
    "version": COUNT,
    "execution_id": TEXT,
    "key": str,
    "result_type": str,
    "labels": [str],
    "policy_digest": str,
    "decided_at": TIME,
    "whole": RULING,
    "parts": [PART_RULING],
}
FAULT: Final = {"code": str, "message": str, "where": TEXT, "remedy": TEXT, "problems?": list}
ERROR: Final = {"error": FAULT}
EXECUTION: Final = {
    "execution_id": str,
    "state": re.compile("accepted|running|completed|failed|cancelled"),
    "intent_id": str,
    "intent_type": str,
    "tenant_id": str,
    "session_id": str,
    "solution_id": str,
    "realm": str,
    "version": int,
    "attempt": int,
    "created_at": TIME,
    "updated_at": TIME,
    "policy_digest": str,
    "references": [{"key": str, "artifact_id": str, "version": int, "digest": DIGEST, "decision": DECISION}],
    "attachments": [{"name": str, "digest": DIGEST, "size": int, "where": str, **RULING}],
    "failure": ({"code": str, "message": str, "where": TEXT, "remedy": TEXT}, None),
}
LINEAGE: Final = {
    "start": str,
    "nodes": list,
    "edges": [{"source": str, "relation": str, "target": str}],
    "truncated": bool,
    "position": int,
}
RUN: Final = {"execution": EXECUTION, "rulings": [{"key": str, **PART_RULING}]}
LS: Final = {"artifacts": [RECORD], "next": TEXT}
SHOW: Final = {"artifact": RECORD, "semantic_payload": (dict, None), "receipts": [RECEIPT]}
