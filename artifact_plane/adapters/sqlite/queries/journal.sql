-- The journal

-- name: position
SELECT coalesce(max(position), 0) FROM change

-- piece: records
SELECT j.position, t.tenant_id, c.at, j.kind, j.subject, j.body, j.k
FROM journal AS j
    JOIN change AS c ON c.position = j.position
    JOIN tenant AS t ON t.k = j.tenant

-- ?1 is the position to go on after, ?2 how many.
-- name: replay
{records}
WHERE j.k > coalesce((SELECT journal_end FROM change WHERE position <= ?1 ORDER BY position DESC LIMIT 1), 0)
ORDER BY j.k LIMIT ?2

-- The records after number ?2 that were committed at position ?1 as well.
-- name: replay_rest
{records}
WHERE j.k > ?2 AND j.k <= (SELECT journal_end FROM change WHERE position = ?1)
ORDER BY j.k

-- name: journal_about
SELECT j.position, ?4, c.at, j.kind, j.subject, j.body
FROM journal AS j JOIN change AS c ON c.position = j.position
WHERE j.tenant = ?1 AND j.kind = ?2 AND j.subject = ?3 ORDER BY j.k
