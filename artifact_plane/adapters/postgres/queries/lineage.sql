-- Lineage, inside a transaction of the tenant $1

-- The numbers of the nodes $2, and the position that the answer is of.
-- name: node_numbers
SELECT (SELECT p.position FROM artifact_plane.ledger_position AS p), n.id, n.k
FROM (SELECT) AS always LEFT JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.id = ANY ($2::text[])

-- The edges that leave the nodes $2, and after them the ids of the nodes at their far ends.
-- name: edges_upstream
WITH level AS MATERIALIZED (
    SELECT e.source AS near, e.relation, e.target AS far
    FROM artifact_plane.edge AS e
    WHERE e.tenant_id = $1 AND e.source = ANY ($2::bigint[])
)
SELECT near, relation, far, NULL::text FROM level
UNION ALL
SELECT NULL, NULL, n.k, n.id
FROM (SELECT DISTINCT far FROM level) AS ends JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.k = ends.far

-- The edges that enter the nodes $2, and after them the ids of the nodes at their far ends.
-- name: edges_downstream
WITH level AS MATERIALIZED (
    SELECT e.target AS near, e.relation, e.source AS far
    FROM artifact_plane.edge AS e
    WHERE e.tenant_id = $1 AND e.target = ANY ($2::bigint[])
)
SELECT near, relation, far, NULL::text FROM level
UNION ALL
SELECT NULL, NULL, n.k, n.id
FROM (SELECT DISTINCT far FROM level) AS ends JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.k = ends.far

-- What is known of the nodes $2.
-- name: describe
SELECT found.*
FROM artifact_plane.asking($1) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT n.id, n.name, n.size, a.artifact_type, a.standing, a.decision, e.intent_type, e.state
        FROM artifact_plane.node AS n
            LEFT JOIN artifact_plane.artifact AS a ON a.tenant_id = n.tenant_id AND a.k = n.k
            LEFT JOIN artifact_plane.execution AS e ON e.tenant_id = n.tenant_id AND e.k = n.k
        WHERE n.tenant_id = tenant.id AND n.id = ANY ($2::text[])
        OFFSET 0
    ) AS found

-- The feed, as the worker: what came after position $1, up to $2.

-- name: nodes_between
SELECT position, tenant_id, id FROM artifact_plane.node WHERE position > $1 AND position <= $2

-- name: edges_between
SELECT e.position, e.tenant_id, s.id, e.relation, t.id
FROM artifact_plane.edge AS e
    CROSS JOIN LATERAL (
        SELECT n.id FROM artifact_plane.node AS n WHERE n.tenant_id = e.tenant_id AND n.k = e.source OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        SELECT n.id FROM artifact_plane.node AS n WHERE n.tenant_id = e.tenant_id AND n.k = e.target OFFSET 0
    ) AS t
WHERE e.position > $1 AND e.position <= $2
