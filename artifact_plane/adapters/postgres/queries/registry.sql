-- The registry. The columns of an artifact come in the order in which rows.artifacts_of unpacks them.

-- piece: columns
a.artifact_id, a.version, a.standing, a.artifact_type, a.session_id, a.solution_id, a.execution_id,
    a.decision, a.labels, a.record

-- The current version of the artifact $2.
-- name: current_version
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}, b.data
        FROM artifact_plane.artifact AS a
            LEFT JOIN artifact_plane.body AS b ON b.tenant_id = a.tenant_id AND b.k = a.k
        WHERE a.tenant_id = tenant.id AND a.artifact_id = $2
        ORDER BY a.version DESC LIMIT 1
    ) AS found

-- name: current_record
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}, NULL::bytea
        FROM artifact_plane.artifact AS a
        WHERE a.tenant_id = tenant.id AND a.artifact_id = $2
        ORDER BY a.version DESC LIMIT 1
    ) AS found

-- The current versions of the artifacts $2.
-- name: current_records
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL unnest($2::text[]) AS wanted (artifact_id)
    CROSS JOIN LATERAL (
        SELECT {columns}, NULL::bytea
        FROM artifact_plane.artifact AS a
        WHERE a.tenant_id = tenant.id AND a.artifact_id = wanted.artifact_id COLLATE "C"
        ORDER BY a.version DESC LIMIT 1
    ) AS found

-- The version $3 of the artifact $2.
-- name: named_version
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}, b.data
        FROM artifact_plane.artifact AS a
            LEFT JOIN artifact_plane.body AS b ON b.tenant_id = a.tenant_id AND b.k = a.k
        WHERE a.tenant_id = tenant.id AND a.artifact_id = $2 AND a.version = $3
        LIMIT 1
    ) AS found

-- name: named_record
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}, NULL::bytea
        FROM artifact_plane.artifact AS a
        WHERE a.tenant_id = tenant.id AND a.artifact_id = $2 AND a.version = $3
        LIMIT 1
    ) AS found

-- All versions of the artifact $2, oldest first.
-- name: history
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT {columns}
        FROM artifact_plane.artifact AS a
        WHERE a.tenant_id = tenant.id AND a.artifact_id = $2
        ORDER BY a.version OFFSET 0
    ) AS found

-- The lists: of the standings $2, before the sequence $3, $4 of them; $5 to $10 are type, session, execution,
-- solution, decision and label, NULL where any will do; $11 says that any will do of all that the index does not answer.
-- The four differ in the index that they go along. The planner goes along it only where it takes the tests for easy to
-- pass, as it does behind a CASE, and knows the page to be small: pages.py puts a bound in the place of the number 100.

-- piece: listed
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL unnest($2::smallint[]) AS wanted (standing)
    CROSS JOIN LATERAL (
        SELECT page.* FROM (
            SELECT {columns}, a.sequence
            FROM artifact_plane.artifact AS a
            WHERE a.tenant_id = tenant.id AND a.standing = wanted.standing AND a.standing > 0 AND a.sequence < $3

-- piece: sifted
                AND CASE WHEN $11 THEN true ELSE
                    ($5::text IS NULL OR a.artifact_type = $5)
                    AND ($6::text IS NULL OR a.session_id = $6) AND ($7::text IS NULL OR a.execution_id = $7)
                    AND ($8::text IS NULL OR a.solution_id = $8) AND ($9::text IS NULL OR a.decision = $9)
                    AND ($10::text IS NULL OR $10 = ANY (a.labels))
                END
            ORDER BY a.sequence DESC LIMIT 100 /* page */
        ) AS page LIMIT $4
    ) AS found
ORDER BY found.sequence DESC LIMIT $4

-- name: newest
{listed} {sifted}

-- name: newest_by_type
{listed} AND a.artifact_type = $5 {sifted}

-- name: newest_by_session
{listed} AND a.session_id = $6 {sifted}

-- name: newest_by_execution
{listed} AND a.execution_id = $7 {sifted}

-- $2 is the prefix, $3 the least text beyond all that begin with it, $4 how many.
-- name: matching_ids
SELECT found.artifact_id
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT DISTINCT a.artifact_id
        FROM artifact_plane.artifact AS a
        WHERE a.tenant_id = tenant.id AND a.artifact_id >= $2 AND a.artifact_id < $3
        ORDER BY a.artifact_id LIMIT $4
    ) AS found
