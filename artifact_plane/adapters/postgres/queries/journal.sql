-- The journal and the ledger's position

-- name: position
SELECT position FROM artifact_plane.ledger_position

-- The records of all tenants after position $1, $2 of them, and those that share the last one's position.
-- name: replay
SELECT c.position, c.tenant_id, c.at, j.kind, j.subject, j.body, j.ordinal
FROM artifact_plane.change AS c
    JOIN artifact_plane.journal AS j ON j.tenant_id = c.tenant_id AND j.position = c.position
WHERE c.position > $1
ORDER BY c.position FETCH FIRST $2 ROWS WITH TIES

-- The records of the kind $2 about $3, oldest first.
-- name: journal_about
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT j.position, j.tenant_id, c.at, j.kind, j.subject, j.body, j.ordinal
        FROM artifact_plane.journal AS j
            JOIN artifact_plane.change AS c ON c.position = j.position AND c.tenant_id = j.tenant_id
        WHERE j.tenant_id = tenant.id AND j.kind = $2 AND j.subject = $3
        ORDER BY j.position, j.ordinal OFFSET 0
    ) AS found
