-- Policy texts

-- What matters to the solution $2 of the tenant $1: the platform's text, the steward's, and the solution's own.
-- name: policy_texts
SELECT found.*
FROM set_config('artifact_plane.tenant', $1, true) AS tenant (id)
    CROSS JOIN LATERAL (
        SELECT
            (SELECT s.text FROM artifact_plane.shared_policy_text AS s WHERE s.layer = 'platform'),
            (SELECT s.text FROM artifact_plane.shared_policy_text AS s WHERE s.layer = 'governance'),
            (
                SELECT o.text FROM artifact_plane.solution_policy_text AS o
                WHERE o.tenant_id = tenant.id AND o.solution_id = $2
            )
        OFFSET 0
    ) AS found

-- name: put_shared_text
INSERT INTO artifact_plane.shared_policy_text (layer, text) VALUES ($1, $2)
ON CONFLICT (layer) DO UPDATE SET text = excluded.text

-- name: remove_shared_text
DELETE FROM artifact_plane.shared_policy_text WHERE layer = $1

-- name: put_solution_text
INSERT INTO artifact_plane.solution_policy_text (tenant_id, solution_id, text) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, solution_id) DO UPDATE SET text = excluded.text

-- name: remove_solution_text
DELETE FROM artifact_plane.solution_policy_text WHERE tenant_id = $1 AND solution_id = $2
