-- Credentials; times are in microseconds since 1970

-- piece: columns
tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by

-- name: add_credential
INSERT INTO credential ({columns})
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT DO NOTHING
RETURNING k

-- name: credential
SELECT {columns}
FROM credential WHERE secret_hash = ?1

-- name: credentials_of_tenant
SELECT {columns}
FROM credential WHERE tenant_id = ?1 ORDER BY k

-- name: end_credential
UPDATE credential SET ended = coalesce(ended, ?3) WHERE tenant_id = ?1 AND credential_id = ?2
RETURNING {columns}

-- name: end_opened_by
UPDATE credential SET ended = ?3 WHERE tenant_id = ?1 AND opened_by = ?2 AND ended IS NULL

-- ?2 is the time, ?3 the one kind that can be taken.
-- name: take_credential
UPDATE credential SET ended = ?2
WHERE secret_hash = ?1 AND kind = ?3 AND ended IS NULL AND (expires IS NULL OR expires > ?2)
RETURNING {columns}

-- name: live_kinds
SELECT DISTINCT kind FROM credential WHERE ended IS NULL AND (expires IS NULL OR expires > ?1)

-- ?2 is the kind that stays.
-- name: forget_credentials
DELETE FROM credential WHERE kind <> ?2 AND (ended < ?1 OR expires < ?1) RETURNING k
