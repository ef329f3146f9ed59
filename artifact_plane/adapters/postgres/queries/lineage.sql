-- Lineage, inside a transaction of the tenant $1

-- The numbers of the nodes $2, and the position that the answer is of.
-- name: node_numbers
SELECT (SELECT p.position FROM artifact_plane.ledger_position AS p), n.id, n.k
FROM (SELECT) AS always LEFT JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.id = ANY ($2::text[])

-- The edges that leave the nodes $2, $3 of them at most.
-- name: edges_upstream
SELECT source, relation, target FROM artifact_plane.edge
WHERE tenant_id = $1 AND source = ANY ($2::bigint[]) LIMIT $3::bigint

-- The edges that enter the nodes $2, $3 of them at most.
-- name: edges_downstream
SELECT target, relation, source FROM artifact_plane.edge
WHERE tenant_id = $1 AND target = ANY ($2::bigint[]) LIMIT $3::bigint

-- Of a level with too many edges to hold: the nodes that they lead to, the first $3 by id.
-- name: ends_upstream
SELECT n.k, n.id
FROM (SELECT DISTINCT target FROM artifact_plane.edge WHERE tenant_id = $1 AND source = ANY ($2::bigint[])) AS e
    JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.k = e.target
ORDER BY n.id LIMIT $3::bigint

-- name: ends_downstream
SELECT n.k, n.id
FROM (SELECT DISTINCT source FROM artifact_plane.edge WHERE tenant_id = $1 AND target = ANY ($2::bigint[])) AS e
    JOIN artifact_plane.node AS n ON n.tenant_id = $1 AND n.k = e.source
ORDER BY n.id LIMIT $3::bigint

-- And those of the edges that lead to the nodes $3. Each is read once: asked for together, both ends would be looked for
-- in every combination.
-- name: edges_upstream_to
SELECT e.source, e.relation, e.target
FROM (
    SELECT source, relation, target FROM artifact_plane.edge
    WHERE tenant_id = $1 AND source = ANY ($2::bigint[])
    OFFSET 0
) AS e
WHERE e.target IN (SELECT unnest($3::bigint[]))

-- name: edges_downstream_to
SELECT e.target, e.relation, e.source
FROM (
    SELECT source, relation, target FROM artifact_plane.edge
    WHERE tenant_id = $1 AND target = ANY ($2::bigint[])
    OFFSET 0
) AS e
WHERE e.source IN (SELECT unnest($3::bigint[]))

-- name: node_ids
SELECT k, id FROM artifact_plane.node WHERE tenant_id = $1 AND k = ANY ($2::bigint[])

-- The numbers of the nodes $2; a transaction of its own.
-- name: known_nodes
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT n.id, n.k FROM artifact_plane.node AS n WHERE n.tenant_id = tenant.id AND n.id = ANY ($2::text[])
        OFFSET 0
    ) AS found

-- What is known of the artifacts $2, the executions $3 and the attachments $4; a transaction of its own.
-- name: describe
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT a.k, a.artifact_type, a.standing, a.decision, NULL::text, NULL::text, NULL::text, NULL::bigint
        FROM artifact_plane.artifact AS a WHERE a.tenant_id = tenant.id AND a.k = ANY ($2::bigint[])
        UNION ALL
        SELECT e.k, NULL, NULL, NULL, e.intent_type, e.state, NULL, NULL
        FROM artifact_plane.execution AS e WHERE e.tenant_id = tenant.id AND e.k = ANY ($3::bigint[])
        UNION ALL
        SELECT n.k, NULL, NULL, NULL, NULL, NULL, n.name, n.size
        FROM artifact_plane.node AS n WHERE n.tenant_id = tenant.id AND n.k = ANY ($4::bigint[])
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
