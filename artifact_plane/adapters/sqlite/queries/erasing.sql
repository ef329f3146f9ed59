-- Erasing: what a tombstone, and the end of an execution, take away

-- name: bury_artifact
REPLACE INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: bury_older_versions
UPDATE artifact SET standing = -1 WHERE tenant = ?1 AND artifact_id = ?2 AND standing = 0

-- name: erase_bodies
DELETE FROM body WHERE k IN (SELECT k FROM artifact WHERE tenant = ?1 AND artifact_id = ?2)

-- The digests that an artifact's versions refer to.
-- name: digests_of_artifact
SELECT DISTINCT r.digest
FROM artifact AS a CROSS JOIN blob_reference AS r ON r.owner = a.k
WHERE a.tenant = ?1 AND a.artifact_id = ?2

-- name: forget_references_of_artifact
DELETE FROM blob_reference WHERE owner IN (SELECT k FROM artifact WHERE tenant = ?1 AND artifact_id = ?2)

-- ?1 is the number of the execution.
-- name: attachments_of_execution
SELECT digest, part FROM blob_reference WHERE owner = ?1

-- name: forget_reference
DELETE FROM blob_reference WHERE tenant = ? AND digest = ? AND owner = ? AND part = ?

-- name: add_released_claim
INSERT OR IGNORE INTO claim (tenant, digest, claim_id, holder, abandoned) VALUES (?, ?, ?, '', 1)
