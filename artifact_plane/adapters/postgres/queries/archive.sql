-- The record archive: taking everything out, as the worker, and putting it in, as the tenants of what is put in

-- $2 commits after position $1.
-- name: archived_changes
SELECT position, tenant_id, change_id, at FROM artifact_plane.change WHERE position > $1 ORDER BY position LIMIT $2

-- The journal of the commits after position $1 up to $2.
-- name: archived_journal
SELECT j.position, j.kind, j.subject, j.body
FROM artifact_plane.change AS c
    JOIN artifact_plane.journal AS j ON j.tenant_id = c.tenant_id AND j.position = c.position
WHERE c.position > $1 AND c.position <= $2
ORDER BY j.position, j.ordinal

-- name: archived_nodes
SELECT position, tenant_id, id FROM artifact_plane.node WHERE position > $1 AND position <= $2 ORDER BY position, k

-- name: archived_edges
SELECT e.position, e.tenant_id, s.id, e.relation, t.id
FROM artifact_plane.edge AS e
    JOIN artifact_plane.node AS s ON s.tenant_id = e.tenant_id AND s.k = e.source
    JOIN artifact_plane.node AS t ON t.tenant_id = e.tenant_id AND t.k = e.target
WHERE e.position > $1 AND e.position <= $2
ORDER BY e.position, e.source, e.relation, e.target

-- name: archived_executions
SELECT e.sequence, e.record
FROM artifact_plane.change AS c
    JOIN artifact_plane.execution AS e ON e.tenant_id = c.tenant_id AND e.sequence = c.position
WHERE c.position > $1 AND c.position <= $2
ORDER BY e.sequence

-- The versions whose nodes are $2, of the tenant $1; the columns are those of registry.sql.
-- name: archived_versions
SELECT a.artifact_id, a.version, a.standing, a.artifact_type, a.session_id, a.solution_id, a.execution_id,
    a.decision, a.labels, a.record, b.data, n.id
FROM artifact_plane.node AS n
    JOIN artifact_plane.artifact AS a ON a.tenant_id = n.tenant_id AND a.k = n.k
    LEFT JOIN artifact_plane.body AS b ON b.tenant_id = a.tenant_id AND b.k = a.k
WHERE n.tenant_id = $1 AND n.id = ANY ($2::text[])

-- name: archived_policies
SELECT digest, document FROM artifact_plane.policy ORDER BY digest

-- name: archived_events
SELECT k, due, tries, trouble, set_aside, record FROM artifact_plane.event WHERE k > $1 ORDER BY k LIMIT $2

-- $3 requests after the key $2 of the tenant $1.
-- name: archived_requests
SELECT tenant_id, key, fingerprint, subject, expires_at FROM artifact_plane.request
WHERE (tenant_id, key) > ($1, $2) ORDER BY tenant_id, key LIMIT $3

-- Putting in

-- From position $1 to $2; nothing comes back where the ledger stands elsewhere.
-- name: move_position
UPDATE artifact_plane.ledger_position SET position = $2 WHERE position = $1 RETURNING position

-- name: restore_changes
INSERT INTO artifact_plane.change (tenant_id, change_id, position, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])

-- name: restore_journal
INSERT INTO artifact_plane.journal (tenant_id, position, ordinal, kind, subject, body)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::smallint[], $5::text[], $6::bytea[])

-- Their numbers rise in the order in which they come.
-- name: restore_nodes
INSERT INTO artifact_plane.node (tenant_id, id, position)
SELECT w.tenant_id, w.id, w.position
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS w (tenant_id, id, position, i)
ORDER BY w.i
ON CONFLICT (tenant_id, id) DO NOTHING

-- name: name_attachments
UPDATE artifact_plane.node AS n SET name = w.name, size = w.size
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS w (tenant_id, id, name, size)
WHERE n.tenant_id = w.tenant_id AND n.id = w.id AND n.name IS NULL

-- name: restore_edges
INSERT INTO artifact_plane.edge (tenant_id, source, relation, target, position)
SELECT w.tenant_id, s.k, w.relation, t.k, w.position
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::bigint[])
        AS w (tenant_id, source, relation, target, position)
    JOIN artifact_plane.node AS s ON s.tenant_id = w.tenant_id AND s.id = w.source
    JOIN artifact_plane.node AS t ON t.tenant_id = w.tenant_id AND t.id = w.target
ON CONFLICT DO NOTHING

-- name: retire_versions
UPDATE artifact_plane.artifact AS a SET standing = 0
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (tenant_id, artifact_id, version)
WHERE a.tenant_id = w.tenant_id AND a.artifact_id = w.artifact_id AND a.version < w.version AND a.standing = 1

-- The sequence is that of the versions that are there, else the number of the first one that comes.
-- name: restore_versions
INSERT INTO artifact_plane.artifact (
    tenant_id, k, artifact_id, version, standing, sequence, artifact_type, session_id, solution_id, execution_id,
    decision, labels, record
)
SELECT w.tenant_id, n.k, w.artifact_id, w.version, w.standing,
    coalesce(
        (
            SELECT a.sequence FROM artifact_plane.artifact AS a
            WHERE a.tenant_id = w.tenant_id AND a.artifact_id = w.artifact_id LIMIT 1
        ),
        min(n.k) OVER (PARTITION BY w.tenant_id, w.artifact_id)
    ),
    w.artifact_type, w.session_id, w.solution_id, w.execution_id, w.decision, string_to_array(w.labels, chr(31)),
    w.record
FROM unnest(
        $1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::bytea[]
    ) AS w (
        tenant_id, artifact_id, version, standing, artifact_type, session_id, solution_id, execution_id, decision,
        labels, record
    )
    JOIN artifact_plane.node AS n
        ON n.tenant_id = w.tenant_id AND n.id = 'artifact:' || w.artifact_id || '@' || w.version
ON CONFLICT (tenant_id, artifact_id, version) DO NOTHING

-- name: restore_bodies
INSERT INTO artifact_plane.body (tenant_id, k, data)
SELECT w.tenant_id, n.k, w.data
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS w (tenant_id, id, data)
    JOIN artifact_plane.node AS n ON n.tenant_id = w.tenant_id AND n.id = w.id
ON CONFLICT DO NOTHING

-- name: restore_executions
INSERT INTO artifact_plane.execution (
    tenant_id, k, execution_id, sequence, version, intent_id, attempt, session_id, intent_type, state, ended, record
)
SELECT w.tenant_id, n.k, w.execution_id, w.sequence, w.version, w.intent_id, w.attempt, w.session_id, w.intent_type,
    w.state, w.ended, w.record
FROM unnest(
        $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
        $9::text[], $10::boolean[], $11::bytea[]
    ) AS w (
        tenant_id, execution_id, sequence, version, intent_id, attempt, session_id, intent_type, state, ended, record
    )
    JOIN artifact_plane.node AS n ON n.tenant_id = w.tenant_id AND n.id = 'execution:' || w.execution_id
ON CONFLICT (tenant_id, execution_id) DO NOTHING

-- $2 are the nodes of what refers.
-- name: restore_references
INSERT INTO artifact_plane.blob_reference (tenant_id, digest, owner, part)
SELECT w.tenant_id, w.digest, n.k, w.part
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w (tenant_id, id, digest, part)
    JOIN artifact_plane.node AS n ON n.tenant_id = w.tenant_id AND n.id = w.id
ON CONFLICT DO NOTHING

-- name: restore_policies
INSERT INTO artifact_plane.policy (digest, document)
SELECT * FROM unnest($1::text[], $2::bytea[])
ON CONFLICT DO NOTHING

-- name: restore_events
INSERT INTO artifact_plane.event (tenant_id, event_id, subject, position, due, tries, trouble, set_aside, record)
SELECT w.tenant_id, w.event_id, w.subject, p.position, w.due, w.tries, w.trouble, w.set_aside, w.record
FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::integer[], $6::text[], $7::boolean[], $8::bytea[]
    ) WITH ORDINALITY AS w (tenant_id, event_id, subject, due, tries, trouble, set_aside, record, i)
    CROSS JOIN artifact_plane.ledger_position AS p
ORDER BY w.i
ON CONFLICT (tenant_id, event_id) DO NOTHING

-- name: restore_requests
INSERT INTO artifact_plane.request (tenant_id, key, fingerprint, subject, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING
