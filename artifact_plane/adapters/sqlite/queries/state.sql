-- Executions

-- name: execution
SELECT record FROM execution WHERE tenant = ?1 AND execution_id = ?2

-- name: latest_attempt
SELECT record FROM execution WHERE tenant = ?1 AND intent_id = ?2 ORDER BY attempt DESC LIMIT 1

-- name: executions
SELECT sequence, record FROM execution
WHERE tenant = ?1 AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3

-- name: executions_of_session
SELECT sequence, record FROM execution
WHERE tenant = ?1 AND sequence < ?2 AND session_id = ?4 ORDER BY sequence DESC LIMIT ?3

-- Those accepted after the execution ?2 of the tenant ?1, ?3 of them; from the first where that is none.
-- name: unfinished
SELECT record FROM execution
WHERE ended = 0
    AND sequence > coalesce((SELECT sequence FROM execution WHERE tenant = ?1 AND execution_id = ?2), 0)
ORDER BY sequence LIMIT ?3

-- ?3 is the time.
-- name: request
SELECT fingerprint, subject, expires FROM request WHERE tenant = ?1 AND key = ?2 AND expires > ?3

-- ?1 is the digest.
-- name: policy
SELECT document FROM policy WHERE digest = ?1
