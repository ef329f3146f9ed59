-- What a group of changes refers to

-- The last numbers given out: position, node, journal record.
-- name: last_numbers
SELECT
    (SELECT coalesce(max(position), 0) FROM change),
    (SELECT coalesce(max(k), 0) FROM node),
    (SELECT coalesce(max(k), 0) FROM journal)

-- name: known_changes
SELECT change_id, position FROM change WHERE tenant = ?1 AND change_id IN carray(?2)

-- name: known_nodes
SELECT id, k FROM node WHERE tenant = ?1 AND id IN carray(?2)

-- The current version of each artifact.
-- name: known_heads
SELECT a.artifact_id, a.k, a.version, a.standing, a.sequence
FROM artifact AS a
WHERE a.k IN (
    SELECT (
        SELECT b.k FROM artifact AS b
        WHERE b.tenant = ?1 AND b.artifact_id = wanted.value ORDER BY b.version DESC LIMIT 1
    )
    FROM carray(?2) AS wanted
)

-- name: known_executions
SELECT e.execution_id, e.k, e.version, e.sequence, EXISTS (SELECT 1 FROM blob_reference AS r WHERE r.owner = e.k)
FROM execution AS e WHERE e.tenant = ?1 AND e.execution_id IN carray(?2)

-- name: known_requests
SELECT key, expires FROM request WHERE tenant = ?1 AND key IN carray(?2)

-- name: known_attempts
SELECT intent_id, attempt FROM execution WHERE tenant = ?1 AND intent_id IN carray(?2)
