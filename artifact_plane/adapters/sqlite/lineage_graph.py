"""SqliteLineageGraph: breadth first by level, one query for a level's edges and one for the names of new nodes.

Inside, nodes are numbers. Names are looked up once for each node: they give the order in which a level is gone
through, as in ``domain.model.lineage.walk``.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import apsw

from artifact_plane.adapters.sqlite.database import Database
from artifact_plane.adapters.sqlite.rows import RELATIONS, state_of
from artifact_plane.adapters.sqlite.statements import Row, statement
from artifact_plane.adapters.sqlite.tenants import Tenants
from artifact_plane.domain.model.errors import NotFound, Unavailable
from artifact_plane.domain.model.lineage import (
    Bounds,
    Direction,
    LineageEdge,
    LineageNode,
    NodeId,
    Walk,
)
from artifact_plane.ports.lineage_graph import LineageGraph
