-- The outbox, asked as the worker. All times are the database's own: the clocks of the relays' machines play no part.

-- Take what is due, oldest first, $3 of it, for the relay $1 for $2 seconds. Of those that are neither claimed nor known
-- to wait for another, the first $4 are looked at: one that comes first of its subject is taken, the others are marked
-- as behind, under a lock on an earlier one that is pending (0006_outbox_and_leases.sql says why). What another relay is
-- taking or marking at this moment is passed over: who claims waits for nobody, so nobody waits in a circle. There is always a row: it says how many were looked at, and
-- how many of them marked.
-- name: claim_events
WITH looked AS MATERIALIZED (
    SELECT front.*, EXISTS (
        SELECT FROM artifact_plane.event AS earlier
        WHERE NOT earlier.set_aside AND earlier.tenant_id = front.tenant_id AND earlier.subject = front.subject
            AND earlier.k < front.k
    ) AS behind
    FROM (
        SELECT e.tenant_id, e.subject, e.k
        FROM artifact_plane.event AS e
        WHERE NOT e.set_aside AND NOT e.behind AND (e.due IS NULL OR e.due <= now())
            AND (e.claimed_until IS NULL OR e.claimed_until <= now())
        ORDER BY e.k LIMIT $4
    ) AS front
), due AS (
    SELECT e.k
    FROM artifact_plane.event AS e
    WHERE NOT e.set_aside AND NOT e.behind AND (e.due IS NULL OR e.due <= now())
        AND (e.claimed_until IS NULL OR e.claimed_until <= now())
        AND e.k = ANY (ARRAY(SELECT looked.k FROM looked WHERE NOT looked.behind))
    ORDER BY e.k LIMIT $3
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE artifact_plane.event AS e SET claimed_by = $1, claimed_until = now() + make_interval(secs => $2)
    WHERE NOT e.set_aside AND NOT e.behind AND e.k = ANY (ARRAY(SELECT due.k FROM due))
    RETURNING e.k, e.record, e.tries, e.trouble
), marked AS (
    UPDATE artifact_plane.event AS e SET behind = true
    WHERE NOT e.set_aside AND NOT e.behind AND e.k = ANY (ARRAY(
        SELECT own.k FROM artifact_plane.event AS own
        WHERE NOT own.set_aside AND NOT own.behind AND own.k = ANY (ARRAY(
            SELECT looked.k FROM looked
            WHERE looked.behind AND EXISTS (
                SELECT FROM artifact_plane.event AS earlier
                WHERE NOT earlier.set_aside AND earlier.tenant_id = looked.tenant_id
                    AND earlier.subject = looked.subject AND earlier.k < looked.k
                ORDER BY earlier.k LIMIT 1
                FOR SHARE SKIP LOCKED
            )
        ))
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING e.k
)
SELECT taken.k, taken.record, taken.tries, taken.trouble, (SELECT count(*) FROM looked) AS looked,
    (SELECT count(*) FROM marked) AS marked
FROM (SELECT) AS always LEFT JOIN taken ON true
ORDER BY taken.k

-- What follows is about events that the relay $1 has claimed, and nobody since: of the tenants $2 those of the ids $3.
-- name: acknowledge_events
DELETE FROM artifact_plane.event AS e
USING unnest($2::text[], $3::text[]) AS done (tenant_id, event_id)
WHERE e.tenant_id = done.tenant_id AND e.event_id = done.event_id AND e.claimed_by = $1

-- name: release_events
UPDATE artifact_plane.event AS e SET claimed_by = NULL, claimed_until = NULL
FROM unnest($2::text[], $3::text[]) AS given_back (tenant_id, event_id)
WHERE e.tenant_id = given_back.tenant_id AND e.event_id = given_back.event_id AND e.claimed_by = $1

-- name: retry_event_later
UPDATE artifact_plane.event
SET due = now() + make_interval(secs => $4), trouble = $5, tries = tries + 1, claimed_by = NULL, claimed_until = NULL
WHERE tenant_id = $2 AND event_id = $3 AND claimed_by = $1

-- name: set_event_aside
UPDATE artifact_plane.event
SET set_aside = true, trouble = $4, claimed_by = NULL, claimed_until = NULL
WHERE tenant_id = $2 AND event_id = $3 AND claimed_by = $1

-- name: events_set_aside
SELECT record, tries, trouble FROM artifact_plane.event WHERE set_aside ORDER BY k LIMIT $1

-- name: requeue_event
UPDATE artifact_plane.event SET set_aside = false, due = NULL, tries = 0, trouble = NULL
WHERE event_id = $1 AND set_aside
RETURNING k

-- name: pending_events
SELECT count(*) FROM artifact_plane.event WHERE NOT set_aside
