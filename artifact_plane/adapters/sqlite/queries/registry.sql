-- The registry. a.* are the columns of artifact in the order of schema.sql, which rows.py unpacks.

-- name: current_version
SELECT b.data, a.* FROM artifact AS a LEFT JOIN body AS b ON b.k = a.k
WHERE a.tenant = ?1 AND a.artifact_id = ?2 ORDER BY a.version DESC LIMIT 1

-- name: current_record
SELECT NULL, a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.artifact_id = ?2 ORDER BY a.version DESC LIMIT 1

-- name: named_version
SELECT b.data, a.* FROM artifact AS a LEFT JOIN body AS b ON b.k = a.k
WHERE a.tenant = ?1 AND a.artifact_id = ?2 AND a.version = ?3

-- name: named_record
SELECT NULL, a.* FROM artifact AS a WHERE a.tenant = ?1 AND a.artifact_id = ?2 AND a.version = ?3

-- name: history
SELECT a.* FROM artifact AS a WHERE a.tenant = ?1 AND a.artifact_id = ?2 ORDER BY a.version

-- The lists: ?2 is the standing, ?3 the sequence to go on before, ?4 how many, ?5 what the list is of.

-- piece: standing
SELECT a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.standing = ?2 AND a.standing > 0 AND a.sequence < ?3

-- piece: newest_first
ORDER BY a.sequence DESC LIMIT ?4

-- name: newest
{standing} {newest_first}

-- name: newest_by_type
{standing} AND a.artifact_type = ?5 {newest_first}

-- name: newest_by_session
{standing} AND a.session_id = ?5 {newest_first}

-- name: newest_by_execution
{standing} AND a.execution_id = ?5 {newest_first}

-- ?2 is the prefix, ?3 the least text beyond all that begin with it.
-- name: matching_ids
SELECT DISTINCT artifact_id FROM artifact
WHERE tenant = ?1 AND artifact_id >= ?2 AND artifact_id < ?3 ORDER BY artifact_id LIMIT ?4
