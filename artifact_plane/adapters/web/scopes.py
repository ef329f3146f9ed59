"""What each page needs: the table that the service merges with the API's."""

from __future__ import annotations

from typing import Final

from artifact_plane.adapters.http.scopes import Needs, Open
from artifact_plane.adapters.web.assets import STATIC
from artifact_plane.domain.model.credential import Scope

_PART = "/artifacts/{artifact_id}/parts/{name}"

SCOPES: Final[Needs] = {
    ("GET", "/"): Open.CALLER,
    ("GET", STATIC.replace(":str", "")): Open.PUBLIC,
    ("GET", "/artifacts"): Scope.READ,
    ("GET", "/artifacts/{artifact_id}"): Scope.READ,
    ("GET", _PART): Scope.READ,
    ("GET", f"{_PART}/content"): Scope.READ,
    ("GET", f"{_PART}/download"): Scope.READ,
    ("GET", "/artifacts/{artifact_id}/delete"): Scope.DELETE,
    ("POST", "/artifacts/{artifact_id}/delete"): Scope.DELETE,
    ("GET", "/artifacts/{artifact_id}/lineage"): Scope.READ,
    ("GET", "/compare"): Scope.READ,
    ("GET", "/executions"): Scope.READ,
    ("GET", "/executions/{execution_id}"): Scope.READ,
    ("GET", "/executions/{execution_id}/live"): Scope.READ,
    ("POST", "/executions/{execution_id}/cancel"): Scope.EXECUTE,
    ("GET", "/submit"): Scope.EXECUTE,
    ("POST", "/submit"): Scope.EXECUTE,
    ("GET", "/policy"): Scope.POLICY,
    ("GET", "/policy/recorded"): Scope.POLICY,
    ("POST", "/policy/check"): Scope.POLICY,
}
