"""The API's routes: everything under ``/api``, and the document that describes them."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.http import ops
from artifact_plane.adapters.http.operations import Operation, route_group
from artifact_plane.adapters.http.routes import artifact_table, describing, execution_table, policy_table

_OWN: Final = (*execution_table.OPERATIONS, *artifact_table.OPERATIONS, *policy_table.OPERATIONS)

OPERATIONS: Final[tuple[Operation, ...]] = (*_OWN, *ops.OPERATIONS)
"""Every operation that the document describes, beside itself."""

API: Final = route_group((*_OWN, describing.operation(OPERATIONS)), "api")
"""The routes of the API; they take bearer tokens, and no cookies."""
