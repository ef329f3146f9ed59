-- Blobs

-- name: add_claim
INSERT INTO claim (tenant, digest, claim_id, holder) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, digest, claim_id) DO UPDATE SET holder = excluded.holder, abandoned = 0

-- name: abandon_claim
UPDATE claim INDEXED BY claim_by_id SET abandoned = 1 WHERE tenant = ? AND claim_id = ?

-- All claims after the one named by the tenant ?1, its digest ?2 and its id ?3, up to those of the tenant ?4: ?5 of them.
-- name: claims_after
SELECT c.tenant, t.tenant_id, c.digest, c.claim_id, c.holder, c.abandoned
FROM claim AS c JOIN tenant AS t ON t.k = c.tenant
WHERE (c.tenant, c.digest, c.claim_id) > (?1, ?2, ?3) AND c.tenant <= ?4
ORDER BY c.tenant, c.digest, c.claim_id LIMIT ?5

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
