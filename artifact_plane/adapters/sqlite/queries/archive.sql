-- Taking everything out, and putting it in: the statements of the record archive.
-- Nodes and edges carry no position here. Nodes are numbered in the order of the commits, so those of the commits up to
-- a position are those below the first node that a later commit is known to have brought: a version of an artifact,
-- which has a receipt, or an execution, which knows the position at which it was accepted.

-- ?1 is the position to go on after, ?2 how many.
-- name: changes_after
SELECT c.position, t.tenant_id, c.change_id, c.at, c.journal_end
FROM change AS c JOIN tenant AS t ON t.k = c.tenant
WHERE c.position > ?1 ORDER BY c.position LIMIT ?2

-- The last journal record of the commits up to position ?1.
-- name: journal_end
SELECT coalesce((SELECT journal_end FROM change WHERE position <= ?1 ORDER BY position DESC LIMIT 1), 0)

-- The records after number ?1 up to ?2.
-- name: journal_between
SELECT position, kind, subject, body FROM journal WHERE k > ?1 AND k <= ?2 ORDER BY k

-- The first node that an execution accepted after position ?1 has brought, if any.
-- name: first_execution_node
SELECT e.k
FROM change AS c CROSS JOIN execution AS e ON e.tenant = c.tenant AND e.sequence = c.position
WHERE c.position > ?1 ORDER BY c.position LIMIT 1

-- The first node that a version has brought whose receipt comes after journal record ?1, if any.
-- name: first_version_node
SELECT a.k
FROM journal AS j
    CROSS JOIN artifact AS a ON a.tenant = j.tenant AND a.artifact_id = j.subject
        AND a.version = json_extract(CAST(j.body AS TEXT), '$.version')
WHERE j.k > ?1 AND j.kind = 4 ORDER BY j.k LIMIT 1

-- name: last_node
SELECT coalesce(max(k), 0) FROM node

-- The last position of the tenant ?1 up to ?2.
-- name: position_of_tenant
SELECT c.position FROM change AS c JOIN tenant AS t ON t.k = c.tenant
WHERE c.position <= ?2 AND t.tenant_id = ?1 ORDER BY c.position DESC LIMIT 1

-- The nodes after number ?1 up to ?2.
-- name: nodes_between
SELECT n.k, t.tenant_id, n.id
FROM node AS n JOIN tenant AS t ON t.k = n.tenant
WHERE n.k > ?1 AND n.k <= ?2 ORDER BY n.k

-- piece: edges
SELECT max(e.source, e.target), t.tenant_id, s.id, e.relation, d.id
FROM edge AS e JOIN node AS s ON s.k = e.source JOIN node AS d ON d.k = e.target JOIN tenant AS t ON t.k = s.tenant

-- The edges whose later end is one of these nodes; the number of that end first.
-- name: edges_between
{edges}
WHERE e.source > ?1 AND e.source <= ?2 AND e.target <= ?2
UNION ALL
{edges}
WHERE e.target > ?1 AND e.target <= ?2 AND e.source <= ?1
ORDER BY 1

-- The versions whose nodes are these.
-- name: versions_between
SELECT t.tenant_id, b.data, a.*
FROM artifact AS a JOIN tenant AS t ON t.k = a.tenant LEFT JOIN body AS b ON b.k = a.k
WHERE a.k > ?1 AND a.k <= ?2 ORDER BY a.k

-- The executions accepted after position ?1 up to ?2.
-- name: executions_between
SELECT c.position, e.record
FROM change AS c CROSS JOIN execution AS e ON e.tenant = c.tenant AND e.sequence = c.position
WHERE c.position > ?1 AND c.position <= ?2 ORDER BY c.position

-- name: all_policies
SELECT digest, document FROM policy ORDER BY digest

-- ?1 is the number to go on after, ?2 how many.
-- name: events_after
SELECT k, due, tries, trouble, set_aside, record FROM event WHERE k > ?1 ORDER BY k LIMIT ?2

-- ?1 and ?2 are the tenant and the key to go on after, ?3 how many.
-- name: requests_after
SELECT t.tenant_id, r.key, r.fingerprint, r.subject, r.expires
FROM request AS r JOIN tenant AS t ON t.k = r.tenant
WHERE (t.tenant_id, r.key) > (?1, ?2) ORDER BY t.tenant_id, r.key LIMIT ?3

-- Putting in

-- name: put_event
INSERT OR IGNORE INTO event (event_id, tenant, subject, due, tries, trouble, set_aside, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: put_request_if_new
INSERT OR IGNORE INTO request (tenant, key, fingerprint, subject, expires) VALUES (?, ?, ?, ?, ?)
