-- Every statement of the record store. ?1 is the tenant's number unless a comment says otherwise.
-- carray(?) is a list that is bound as one value; CROSS JOIN makes SQLite go through it first.
-- a.* are the columns of artifact in the order of schema.sql, which rows.py unpacks.

-- Tenants

-- name: tenant_number
SELECT k FROM tenant WHERE tenant_id = ?1

-- name: add_tenant
INSERT INTO tenant (tenant_id) VALUES (?1) RETURNING k

-- name: tenant_names
SELECT k, tenant_id FROM tenant

-- What a group of changes refers to

-- The last numbers given out: position, node, journal record.
-- name: last_numbers
SELECT
    (SELECT coalesce(max(position), 0) FROM change),
    (SELECT coalesce(max(k), 0) FROM node),
    (SELECT coalesce(max(k), 0) FROM journal)

-- name: known_changes
SELECT change_id, position FROM change WHERE tenant = ?1 AND change_id IN carray(?2)

-- name: known_nodes
SELECT id, k FROM node WHERE tenant = ?1 AND id IN carray(?2)

-- The current version of each artifact.
-- name: known_heads
SELECT a.artifact_id, a.k, a.version, a.standing, a.sequence
FROM artifact AS a
WHERE a.k IN (
    SELECT (
        SELECT b.k FROM artifact AS b
        WHERE b.tenant = ?1 AND b.artifact_id = wanted.value ORDER BY b.version DESC LIMIT 1
    )
    FROM carray(?2) AS wanted
)

-- name: known_executions
SELECT e.execution_id, e.k, e.version, e.sequence, EXISTS (SELECT 1 FROM blob_reference AS r WHERE r.owner = e.k)
FROM execution AS e WHERE e.tenant = ?1 AND e.execution_id IN carray(?2)

-- name: known_requests
SELECT key, expires FROM request WHERE tenant = ?1 AND key IN carray(?2)

-- name: known_attempts
SELECT intent_id, attempt FROM execution WHERE tenant = ?1 AND intent_id IN carray(?2)

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

-- The registry

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

-- name: newest
SELECT a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.standing = ?2 AND a.standing > 0 AND a.sequence < ?3
ORDER BY a.sequence DESC LIMIT ?4

-- name: newest_by_type
SELECT a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.standing = ?2 AND a.standing > 0 AND a.sequence < ?3 AND a.artifact_type = ?5
ORDER BY a.sequence DESC LIMIT ?4

-- name: newest_by_session
SELECT a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.standing = ?2 AND a.standing > 0 AND a.sequence < ?3 AND a.session_id = ?5
ORDER BY a.sequence DESC LIMIT ?4

-- name: newest_by_execution
SELECT a.* FROM artifact AS a
WHERE a.tenant = ?1 AND a.standing = ?2 AND a.standing > 0 AND a.sequence < ?3 AND a.execution_id = ?5
ORDER BY a.sequence DESC LIMIT ?4

-- ?2 is the prefix, ?3 the least text beyond all that begin with it.
-- name: matching_ids
SELECT DISTINCT artifact_id FROM artifact
WHERE tenant = ?1 AND artifact_id >= ?2 AND artifact_id < ?3 ORDER BY artifact_id LIMIT ?4

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

-- name: unfinished
SELECT record FROM execution WHERE ended = 0 ORDER BY sequence

-- ?3 is the time.
-- name: request
SELECT fingerprint, subject, expires FROM request WHERE tenant = ?1 AND key = ?2 AND expires > ?3

-- ?1 is the digest.
-- name: policy
SELECT document FROM policy WHERE digest = ?1

-- The journal

-- name: position
SELECT coalesce(max(position), 0) FROM change

-- ?1 is the position to go on after, ?2 how many.
-- name: replay
SELECT j.position, t.tenant_id, c.at, j.kind, j.subject, j.body, j.k
FROM journal AS j
    JOIN change AS c ON c.position = j.position
    JOIN tenant AS t ON t.k = j.tenant
WHERE j.k > coalesce((SELECT journal_end FROM change WHERE position <= ?1 ORDER BY position DESC LIMIT 1), 0)
ORDER BY j.k LIMIT ?2

-- The records after number ?2 that were committed at position ?1 as well.
-- name: replay_rest
SELECT j.position, t.tenant_id, c.at, j.kind, j.subject, j.body, j.k
FROM journal AS j
    JOIN change AS c ON c.position = j.position
    JOIN tenant AS t ON t.k = j.tenant
WHERE j.k > ?2 AND j.k <= (SELECT journal_end FROM change WHERE position = ?1)
ORDER BY j.k

-- name: journal_about
SELECT j.position, ?4, c.at, j.kind, j.subject, j.body
FROM journal AS j JOIN change AS c ON c.position = j.position
WHERE j.tenant = ?1 AND j.kind = ?2 AND j.subject = ?3 ORDER BY j.k

-- Lineage

-- name: node_number
SELECT k FROM node WHERE tenant = ?1 AND id = ?2

-- The edges that leave the nodes ?1.
-- name: edges_upstream
SELECT e.source, e.relation, e.target FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.source = wanted.value

-- The edges that enter the nodes ?1.
-- name: edges_downstream
SELECT e.target, e.relation, e.source FROM carray(?1) AS wanted CROSS JOIN edge AS e ON e.target = wanted.value

-- name: node_ids
SELECT n.k, n.id FROM carray(?1) AS wanted CROSS JOIN node AS n ON n.k = wanted.value

-- What is known of the nodes ?1.
-- name: describe
SELECT n.k, n.name, n.size, a.artifact_type, a.standing, a.decision, e.intent_type, e.state
FROM carray(?1) AS wanted
    CROSS JOIN node AS n ON n.k = wanted.value
    LEFT JOIN artifact AS a ON a.k = n.k
    LEFT JOIN execution AS e ON e.k = n.k

-- The outbox

-- ?1 is the time, ?2 how many. An event waits for the earlier ones of its subject.
-- name: due_events
SELECT k, record, tries, trouble FROM event AS e
WHERE set_aside = 0 AND due <= ?1 AND leased_until <= ?1
    AND NOT EXISTS (
        SELECT 1 FROM event AS earlier
        WHERE earlier.set_aside = 0 AND earlier.tenant = e.tenant AND earlier.subject = e.subject AND earlier.k < e.k
    )
ORDER BY k LIMIT ?2

-- name: lease_event
UPDATE event SET leased_until = ?, holder = ? WHERE k = ?

-- name: acknowledge_event
DELETE FROM event WHERE event_id = ?

-- name: retry_event_later
UPDATE event SET due = ?, trouble = ?, tries = tries + 1, leased_until = 0, holder = NULL WHERE event_id = ?

-- name: set_event_aside
UPDATE event SET set_aside = 1, trouble = ?, leased_until = 0, holder = NULL WHERE event_id = ?

-- name: events_set_aside
SELECT k, record, tries, trouble FROM event WHERE set_aside = 1 ORDER BY k LIMIT ?1

-- name: requeue_event
UPDATE event SET set_aside = 0, due = ?, tries = 0, trouble = NULL WHERE event_id = ? AND set_aside = 1 RETURNING k

-- name: pending_events
SELECT count(*) FROM event WHERE set_aside = 0

-- Blobs

-- name: add_claim
INSERT INTO claim (tenant, digest, claim_id, holder) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, digest, claim_id) DO UPDATE SET holder = excluded.holder, abandoned = 0

-- name: abandon_claim
UPDATE claim INDEXED BY claim_by_id SET abandoned = 1 WHERE tenant = ? AND claim_id = ?

-- name: claims
SELECT tenant, digest, claim_id, holder, abandoned FROM claim ORDER BY tenant, digest, claim_id

-- name: claims_of_tenant
SELECT tenant, digest, claim_id, holder, abandoned FROM claim WHERE tenant = ?1 ORDER BY digest, claim_id

-- name: claim
SELECT holder, abandoned FROM claim WHERE tenant = ?1 AND digest = ?2 AND claim_id = ?3

-- name: settle_claim
DELETE FROM claim WHERE tenant = ?1 AND digest = ?2 AND claim_id = ?3

-- Why a blob stays: a reference (NULL), or the holders that claim it. One statement, so that a reference that takes
-- its claim's place is never missed in between.
-- name: ties
SELECT NULL FROM blob_reference WHERE tenant = ?1 AND digest = ?2
UNION ALL
SELECT holder FROM claim WHERE tenant = ?1 AND digest = ?2 AND abandoned = 0

-- Credentials; times are in microseconds since 1970

-- name: add_credential
INSERT INTO credential
    (tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT DO NOTHING
RETURNING k

-- name: credential
SELECT tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by
FROM credential WHERE secret_hash = ?1

-- name: credentials_of_tenant
SELECT tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by
FROM credential WHERE tenant_id = ?1 ORDER BY k

-- name: end_credential
UPDATE credential SET ended = coalesce(ended, ?3) WHERE tenant_id = ?1 AND credential_id = ?2
RETURNING tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by

-- name: end_opened_by
UPDATE credential SET ended = ?3 WHERE tenant_id = ?1 AND opened_by = ?2 AND ended IS NULL

-- ?2 is the time, ?3 the one kind that can be taken.
-- name: take_credential
UPDATE credential SET ended = ?2
WHERE secret_hash = ?1 AND kind = ?3 AND ended IS NULL AND (expires IS NULL OR expires > ?2)
RETURNING tenant_id, credential_id, kind, name, scopes, secret_hash, created, expires, ended, opened_by

-- name: live_kinds
SELECT DISTINCT kind FROM credential WHERE ended IS NULL AND (expires IS NULL OR expires > ?1)

-- ?2 is the kind that stays.
-- name: forget_credentials
DELETE FROM credential WHERE kind <> ?2 AND (ended < ?1 OR expires < ?1) RETURNING k

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
