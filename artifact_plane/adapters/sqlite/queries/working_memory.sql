-- The working memory; ?1 to ?4 are the key, expires is in microseconds since 1970

-- name: forget_entry
DELETE FROM entry WHERE tenant_id = ?1 AND artifact_id = ?2 AND version = ?3 AND part = ?4

-- name: remember_entry
INSERT INTO entry (tenant_id, artifact_id, version, part, session_id, expires, size, value)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- The value only where it is not larger than ?6.
-- name: recall_entry
SELECT size, CASE WHEN size <= ?6 THEN value END FROM entry
WHERE tenant_id = ?1 AND artifact_id = ?2 AND version = ?3 AND part = ?4 AND expires > ?5

-- name: forget_expired
DELETE FROM entry WHERE expires <= ?1

-- name: room_taken
SELECT total FROM room

-- The oldest values; ?1 is how many.
-- name: oldest_entries
SELECT k, size FROM entry ORDER BY k LIMIT ?1

-- name: forget_up_to
DELETE FROM entry WHERE k <= ?1

-- name: forget_artifact
DELETE FROM entry WHERE tenant_id = ?1 AND artifact_id = ?2

-- name: forget_session
DELETE FROM entry WHERE tenant_id = ?1 AND session_id = ?2
