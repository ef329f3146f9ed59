-- Lineage

-- name: node_number
SELECT k FROM node WHERE tenant = ?1 AND id = ?2

-- The edges that leave the nodes ?1, ?2 of them at most (-1 for all).
-- name: edges_upstream
SELECT e.source, e.relation, e.target FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value
LIMIT ?2

-- The edges that enter the nodes ?1, ?2 of them at most.
-- name: edges_downstream
SELECT e.target, e.relation, e.source FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.target = wanted.value
LIMIT ?2

-- Of a level with too many edges to hold: the nodes that they lead to, the first ?2 by name.
-- name: ends_upstream
SELECT n.k, n.id FROM node AS n
WHERE n.k IN (SELECT e.target FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value)
ORDER BY n.id LIMIT ?2

-- name: ends_downstream
SELECT n.k, n.id FROM node AS n
WHERE n.k IN (SELECT e.source FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.target = wanted.value)
ORDER BY n.id LIMIT ?2

-- And those of the edges that lead to the nodes ?2.
-- name: edges_upstream_to
SELECT e.source, e.relation, e.target FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value
WHERE e.target IN (SELECT value FROM carray(?2))

-- name: edges_downstream_to
SELECT e.target, e.relation, e.source FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.target = wanted.value
WHERE e.source IN (SELECT value FROM carray(?2))

-- name: node_ids
SELECT n.k, n.id FROM carray(?1) AS wanted CROSS JOIN node AS n ON n.k = wanted.value

-- What is known of the nodes ?1.
-- name: describe
SELECT n.k, a.artifact_type, a.standing, a.decision, e.intent_type, e.state, n.name, n.size
FROM carray(?1) AS wanted
    CROSS JOIN node AS n ON n.k = wanted.value
    LEFT JOIN artifact AS a ON a.k = n.k
    LEFT JOIN execution AS e ON e.k = n.k
