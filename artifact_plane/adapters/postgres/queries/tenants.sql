-- Who is asking

-- The tenants $1, separated by the character 31, for the rest of the transaction.
-- name: ask_as_tenants
SELECT set_config('artifact_plane.tenant', $1, true)
