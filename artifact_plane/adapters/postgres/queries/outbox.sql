-- The outbox, asked as the worker. Times are the caller's.

-- Take what is due at $1, oldest first, $4 of it, for the relay $2 until $3. An event waits for the earlier ones of its
-- subject. What another relay is taking at this moment is passed over, and not waited for.
-- name: claim_events
WITH due AS (
    SELECT e.k
    FROM artifact_plane.event AS e
    WHERE NOT e.set_aside AND (e.due IS NULL OR e.due <= $1) AND (e.claimed_until IS NULL OR e.claimed_until <= $1)
        AND NOT EXISTS (
            SELECT FROM artifact_plane.event AS earlier
            WHERE NOT earlier.set_aside AND earlier.tenant_id = e.tenant_id AND earlier.subject = e.subject
                AND earlier.k < e.k
        )
    ORDER BY e.k LIMIT $4
    FOR UPDATE OF e SKIP LOCKED
), taken AS (
    UPDATE artifact_plane.event AS e SET claimed_by = $2, claimed_until = $3
    WHERE NOT e.set_aside AND e.k = ANY (ARRAY(SELECT due.k FROM due))
    RETURNING e.k, e.record, e.tries, e.trouble
)
SELECT record, tries, trouble FROM taken ORDER BY k

-- name: acknowledge_events
DELETE FROM artifact_plane.event WHERE event_id = ANY ($1::text[])

-- name: retry_event_later
UPDATE artifact_plane.event
SET due = $2, trouble = $3, tries = tries + 1, claimed_by = NULL, claimed_until = NULL
WHERE event_id = $1

-- name: set_event_aside
UPDATE artifact_plane.event
SET set_aside = true, trouble = $2, claimed_by = NULL, claimed_until = NULL
WHERE event_id = $1

-- name: events_set_aside
SELECT record, tries, trouble FROM artifact_plane.event WHERE set_aside ORDER BY k LIMIT $1

-- name: requeue_event
UPDATE artifact_plane.event SET set_aside = false, due = $2, tries = 0, trouble = NULL
WHERE event_id = $1 AND set_aside
RETURNING k

-- name: pending_events
SELECT count(*) FROM artifact_plane.event WHERE NOT set_aside
