-- Claims and references. Where no comment says otherwise, a transaction of the tenant $1 asks.

-- The holder of the claim c is alive.
-- piece: held
EXISTS (SELECT FROM artifact_plane.holder AS h WHERE h.holder = c.holder AND h.lease_until > clock_timestamp())

-- Record the claim $3 of the holder $4 on the digest $2, also where it was given up before; a transaction of its own.
-- name: add_claim
INSERT INTO artifact_plane.claim (tenant_id, digest, claim_id, holder)
SELECT tenant.id, $2, $3, $4 FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
ON CONFLICT (tenant_id, digest, claim_id) DO UPDATE SET holder = excluded.holder, abandoned = false, taken = false

-- name: abandon_claims
UPDATE artifact_plane.claim SET abandoned = true WHERE tenant_id = $1 AND claim_id = ANY ($2::text[])

-- The claims of nobody alive, after the claim $3 on the digest $2, $4 of them; also what was taken from a holder that has
-- come back. A transaction of its own.
-- name: abandoned_of_tenant
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT c.tenant_id, c.digest, c.claim_id, c.holder
        FROM artifact_plane.claim AS c
        WHERE c.tenant_id = tenant.id AND (c.digest, c.claim_id) > ($2, $3) AND (
            c.abandoned OR c.taken OR NOT {held}
        )
        ORDER BY c.digest, c.claim_id LIMIT $4
    ) AS found

-- Of all tenants, after the claim $3 of the tenant $1 on the digest $2, as the worker.
-- name: abandoned
SELECT c.tenant_id, c.digest, c.claim_id, c.holder
FROM artifact_plane.claim AS c
WHERE (c.tenant_id, c.digest, c.claim_id) > ($1, $2, $3) AND (c.abandoned OR c.taken OR NOT {held})
ORDER BY c.tenant_id, c.digest, c.claim_id LIMIT $4

-- What a commit must still be kept from is remembered for a week, in the database's own time: no commit that was under
-- way then is still. As the worker, $1 at a time.
-- name: forget_swept
DELETE FROM artifact_plane.swept_claim AS s
WHERE s.ctid = ANY (ARRAY(
    SELECT old.ctid FROM artifact_plane.swept_claim AS old
    WHERE old.at < now() - interval '7 days'
    ORDER BY old.at LIMIT $1
    FOR UPDATE SKIP LOCKED
))

-- Take the claims of nobody alive on the digest $2 away from their holders: a commit that releases one fails from now
-- on, and one that is under way is waited for.
-- name: take_claims
UPDATE artifact_plane.claim AS c SET taken = true
WHERE c.tenant_id = $1 AND c.digest = $2 AND NOT c.taken AND (
    c.abandoned OR NOT {held}
)

-- What a blob stays for: a reference, or a claim that nobody has taken.
-- name: ties
SELECT 1 FROM artifact_plane.blob_reference WHERE tenant_id = $1 AND digest = $2
UNION ALL
SELECT 1 FROM artifact_plane.claim WHERE tenant_id = $1 AND digest = $2 AND NOT taken
LIMIT 1

-- As take_claims, for the one claim $3.
-- name: take_claim
UPDATE artifact_plane.claim AS c SET taken = true
WHERE c.tenant_id = $1 AND c.digest = $2 AND c.claim_id = $3 AND NOT c.taken AND NOT c.abandoned AND NOT {held}

-- name: settle_claim
DELETE FROM artifact_plane.claim
WHERE tenant_id = $1 AND digest = $2 AND claim_id = $3 AND (abandoned OR taken)
