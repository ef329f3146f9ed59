-- Credentials, in the order of the columns of the table

-- piece: columns
tenant_id, credential_id, kind, name, scopes, secret_hash, created_at, expires_at, ended_at, opened_by

-- Nothing comes back where the id or the hash is there already. In a transaction of the tenant $1.
-- name: add_credential
INSERT INTO artifact_plane.credential ({columns})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING credential_id

-- As the worker: only the answer tells the tenant.
-- name: credential_by_hash
SELECT {columns}
FROM artifact_plane.credential WHERE secret_hash = $1

-- name: credentials_of_tenant
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}
        FROM artifact_plane.credential AS c
        WHERE c.tenant_id = tenant.id
        ORDER BY c.k OFFSET 0
    ) AS found

-- The credential $2 of the tenant $1, and what was opened by it, end at $3; in a transaction of the tenant.
-- name: end_credential
UPDATE artifact_plane.credential SET ended_at = coalesce(ended_at, $3)
WHERE tenant_id = $1 AND (credential_id = $2 OR opened_by = $2)
RETURNING {columns}

-- As the worker: who is second finds it ended.
-- name: take_invitation
UPDATE artifact_plane.credential SET ended_at = $2
WHERE secret_hash = $1 AND kind = 'invitation' AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
RETURNING {columns}

-- As the worker.
-- name: live_kinds
SELECT DISTINCT kind FROM artifact_plane.credential
WHERE ended_at IS NULL AND (expires_at IS NULL OR expires_at > $1)

-- As the worker.
-- name: forget_credentials
DELETE FROM artifact_plane.credential
WHERE kind IN ('session', 'invitation') AND (ended_at < $1 OR expires_at < $1)
RETURNING credential_id
