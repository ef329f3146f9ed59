-- The outbox

-- ?1 is the time, ?2 how many. An event waits for the earlier ones of its subject: it is not in front before (schema_4.sql).
-- name: due_events
SELECT k, record, tries, trouble FROM event
WHERE front = 1 AND due <= ?1 AND leased_until <= ?1
ORDER BY k LIMIT ?2

-- name: lease_event
UPDATE event SET leased_until = ?, holder = ? WHERE k = ?

-- What follows is about an event that the relay has claimed, and nobody since; its id is the only one in the file.
-- name: acknowledge_event
DELETE FROM event WHERE event_id = ? AND holder = ?

-- name: release_event
UPDATE event SET leased_until = 0, holder = NULL WHERE event_id = ? AND holder = ?

-- name: retry_event_later
UPDATE event SET due = ?, trouble = ?, tries = tries + 1, leased_until = 0, holder = NULL
WHERE event_id = ? AND holder = ?

-- name: set_event_aside
UPDATE event SET set_aside = 1, trouble = ?, leased_until = 0, holder = NULL
WHERE event_id = ? AND holder = ?

-- name: events_set_aside
SELECT k, record, tries, trouble FROM event WHERE set_aside = 1 ORDER BY k LIMIT ?1

-- name: requeue_event
UPDATE event SET set_aside = 0, due = 0, tries = 0, trouble = NULL WHERE event_id = ? AND set_aside = 1 RETURNING k

-- name: pending_events
SELECT count(*) FROM event WHERE set_aside = 0
