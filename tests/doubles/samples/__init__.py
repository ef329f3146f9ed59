"""Sample values with defaults that fit together: each function is named after what it makes.

Say only what a test is about: ``a_change(an_artifact("a-1"), edges=[...])``. Without further words the tenant is
``acme``, the session ``session-1``, the solution ``claims``, and everything happens at ``NOW``.
"""

from __future__ import annotations

from tests.doubles.samples.artifacts import (
    a_location,
    a_meaning,
    a_rendering,
    a_ruling,
    a_tombstone,
    a_write,
    an_artifact,
    the_next_version,
)
from tests.doubles.samples.basics import HOLDER, MEANING, NOW, OTHER_TENANT, SESSION, SOLUTION, TENANT, a_digest, at
from tests.doubles.samples.changes import a_change, a_claim, a_receipt, a_request, an_edge, an_entry, an_event
from tests.doubles.samples.executions import (
    a_reference,
    an_attachment,
    an_execution,
    an_execution_write,
    completed,
    failed,
    running,
)
from tests.doubles.samples.policies import a_policy_document, a_policy_record

__all__ = [
    "HOLDER",
    "MEANING",
    "NOW",
    "OTHER_TENANT",
    "SESSION",
    "SOLUTION",
    "TENANT",
    "a_change",
    "a_claim",
    "a_digest",
    "a_location",
    "a_meaning",
    "a_policy_document",
    "a_policy_record",
    "a_receipt",
    "a_reference",
    "a_rendering",
    "a_request",
    "a_ruling",
    "a_tombstone",
    "a_write",
    "an_artifact",
    "an_attachment",
    "an_edge",
    "an_entry",
    "an_event",
    "an_execution",
    "an_execution_write",
    "at",
    "completed",
    "failed",
    "running",
    "the_next_version",
]
