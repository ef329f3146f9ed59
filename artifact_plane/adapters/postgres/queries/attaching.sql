-- Attaching edges to nodes that exist. $1 is the tenant, whose transaction it is.

-- Held until the transaction ends; a pooler in transaction mode does not mind.
-- name: lock_lineage
SELECT pg_advisory_xact_lock(hashtextextended('artifact_plane.lineage:' || $1, 0))

-- name: recorded_change
SELECT position FROM artifact_plane.change WHERE tenant_id = $1 AND change_id = $2

-- name: numbers_of_nodes
SELECT id, k FROM artifact_plane.node WHERE tenant_id = $1 AND id = ANY ($2)

-- name: ids_of_nodes
SELECT k, id FROM artifact_plane.node WHERE tenant_id = $1 AND k = ANY ($2)

-- name: targets_of_nodes
SELECT source, target FROM artifact_plane.edge WHERE tenant_id = $1 AND source = ANY ($2)
