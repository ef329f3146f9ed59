-- Lineage

-- name: node_number
SELECT k FROM node WHERE tenant = ?1 AND id = ?2

-- The edges that leave the nodes ?1.
-- name: edges_upstream
SELECT e.source, e.relation, e.target FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value

-- The edges that enter the nodes ?1.
-- name: edges_downstream
SELECT e.target, e.relation, e.source FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.target = wanted.value

-- name: node_ids
SELECT n.k, n.id FROM carray(?1) AS wanted CROSS JOIN node AS n ON n.k = wanted.value

-- What is known of the nodes ?1.
-- name: describe
SELECT n.k, a.artifact_type, a.standing, a.decision, e.intent_type, e.state, n.name, n.size
FROM carray(?1) AS wanted
    CROSS JOIN node AS n ON n.k = wanted.value
    LEFT JOIN artifact AS a ON a.k = n.k
    LEFT JOIN execution AS e ON e.k = n.k
