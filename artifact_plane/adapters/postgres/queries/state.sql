-- Executions, requests and policies

-- name: execution
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT e.record FROM artifact_plane.execution AS e
        WHERE e.tenant_id = tenant.id AND e.execution_id = $2 LIMIT 1
    ) AS found

-- The newest execution of the intent $2.
-- name: latest_attempt
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT e.record FROM artifact_plane.execution AS e
        WHERE e.tenant_id = tenant.id AND e.intent_id = $2 ORDER BY e.attempt DESC LIMIT 1
    ) AS found

-- $3 of them, newest first, from before the sequence $2 on; the bound is as in registry.sql.
-- piece: listed
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT page.* FROM (
            SELECT e.sequence, e.record FROM artifact_plane.execution AS e
            WHERE e.tenant_id = tenant.id AND e.sequence < $2

-- piece: newest_first
ORDER BY e.sequence DESC LIMIT 100 /* page */
        ) AS page LIMIT $3
    ) AS found

-- name: executions
{listed} {newest_first}

-- $4 is the session.
-- name: executions_of_session
{listed} AND e.session_id = $4 {newest_first}

-- Of all tenants, oldest first.
-- Those accepted after the execution $2 of the tenant $1, $3 of them; from the first where that is none. As the worker.
-- name: unfinished
SELECT e.record FROM artifact_plane.execution AS e
WHERE NOT e.ended AND e.sequence > coalesce((
    SELECT last.sequence FROM artifact_plane.execution AS last WHERE last.tenant_id = $1 AND last.execution_id = $2
), 0)
ORDER BY e.sequence LIMIT $3

-- name: policy
SELECT document FROM artifact_plane.policy WHERE digest = $1

-- What was asked under the key $2, where that has not expired at $3.
-- name: request
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT r.fingerprint, r.subject, r.expires_at FROM artifact_plane.request AS r
        WHERE r.tenant_id = tenant.id AND r.key = $2 AND r.expires_at > $3 LIMIT 1
    ) AS found

-- Holders: leases in the database's own time; $2 is the length of one in seconds, $3 the mark of the process.

-- name: new_mark
SELECT gen_random_uuid()::text

-- Nothing comes back where another process holds that name. An old lease that ran out is no hindrance.
-- name: take_lease
INSERT INTO artifact_plane.holder AS h (holder, lease_until, mark)
VALUES ($1, clock_timestamp() + make_interval(secs => $2), $3)
ON CONFLICT (holder) DO UPDATE SET lease_until = excluded.lease_until, mark = excluded.mark
    WHERE h.lease_until <= clock_timestamp() OR h.mark = excluded.mark
RETURNING holder

-- The leases of the holders $1. One that ran out in an outage is taken anew: whoever has seen it run out has left a
-- mark (a higher version of the execution, a claim that was taken), against which the holder's commits fail.
-- name: renew_leases
INSERT INTO artifact_plane.holder AS h (holder, lease_until, mark)
SELECT held, clock_timestamp() + make_interval(secs => $2), $3 FROM unnest($1::text[]) AS held
ON CONFLICT (holder) DO UPDATE SET lease_until = excluded.lease_until, mark = excluded.mark
    WHERE h.lease_until <= clock_timestamp() OR h.mark = excluded.mark

-- name: end_leases
DELETE FROM artifact_plane.holder WHERE holder = ANY ($1::text[]) AND mark = $2

-- What ran out long ago is of no more use.
-- name: forget_leases
DELETE FROM artifact_plane.holder WHERE lease_until < clock_timestamp() - interval '1 day'

-- name: is_alive
SELECT 1 FROM artifact_plane.holder WHERE holder = $1 AND lease_until > clock_timestamp()
