-- Recording

-- name: add_change
INSERT INTO change (position, tenant, change_id, at, journal_end) VALUES (?, ?, ?, ?, ?)

-- name: add_node
INSERT INTO node (k, tenant, id, name, size) VALUES (?, ?, ?, ?, ?)

-- name: name_attachment
UPDATE node SET name = ?, size = ? WHERE k = ? AND name IS NULL

-- name: add_artifact
INSERT INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- The new version takes the place of this one in the lists. ?1 is its number.
-- name: retire_version
UPDATE artifact SET standing = 0 WHERE k = ?1

-- name: add_body
INSERT INTO body (k, data) VALUES (?, ?)

-- name: add_edge
INSERT OR IGNORE INTO edge (source, relation, target) VALUES (?, ?, ?)

-- name: add_journal
INSERT INTO journal (k, position, tenant, kind, subject, body) VALUES (?, ?, ?, ?, ?, ?)

-- name: add_event
INSERT OR IGNORE INTO event (event_id, tenant, subject, record) VALUES (?, ?, ?, ?)

-- name: add_policy
INSERT OR IGNORE INTO policy (digest, document) VALUES (?, ?)

-- name: put_execution
INSERT INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (k) DO UPDATE SET
    version = excluded.version, state = excluded.state, ended = excluded.ended, record = excluded.record

-- name: add_reference
INSERT OR IGNORE INTO blob_reference (tenant, digest, owner, part) VALUES (?, ?, ?, ?)

-- name: release_claim
DELETE FROM claim INDEXED BY claim_by_id WHERE tenant = ? AND claim_id = ?

-- name: put_request
INSERT INTO request (tenant, key, fingerprint, subject, expires) VALUES (?, ?, ?, ?, ?)

-- Keys that have expired are free again. ?1 is the time.
-- name: forget_requests
DELETE FROM request WHERE expires <= ?1
