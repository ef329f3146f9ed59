-- Blobs

-- name: add_claim
INSERT INTO claim (tenant, digest, claim_id, holder) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, digest, claim_id) DO UPDATE SET holder = excluded.holder, abandoned = 0

-- name: abandon_claim
UPDATE claim INDEXED BY claim_by_id SET abandoned = 1 WHERE tenant = ? AND claim_id = ?

-- name: claims
SELECT tenant, digest, claim_id, holder, abandoned FROM claim ORDER BY tenant, digest, claim_id

-- name: claims_of_tenant
SELECT tenant, digest, claim_id, holder, abandoned FROM claim WHERE tenant = ?1 ORDER BY digest, claim_id

-- name: claim
SELECT holder, abandoned FROM claim WHERE tenant = ?1 AND digest = ?2 AND claim_id = ?3

-- name: settle_claim
DELETE FROM claim WHERE tenant = ?1 AND digest = ?2 AND claim_id = ?3

-- Why a blob stays: a reference (NULL), or the holders that claim it. One statement, so that a reference that takes
-- its claim's place is never missed in between.
-- name: ties
SELECT NULL FROM blob_reference WHERE tenant = ?1 AND digest = ?2
UNION ALL
SELECT holder FROM claim WHERE tenant = ?1 AND digest = ?2 AND abandoned = 0
