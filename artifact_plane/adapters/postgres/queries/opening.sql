-- How a running plane stands in the database

-- $1 is the worker role. A superuser is a member of every role, so the first column that is true is what is wrong.
-- name: standing
SELECT
    r.rolsuper AS superuser,
    r.rolbypassrls AS bypasses,
    EXISTS (
        SELECT FROM pg_class AS c
        WHERE c.relnamespace = 'artifact_plane'::regnamespace AND c.relkind = 'r'
            AND pg_has_role(c.relowner, 'USAGE')
    ) AS owner,
    EXISTS (
        SELECT FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'artifact_plane'::regnamespace AND c.relkind = 'r'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ) AS unforced,
    pg_has_role($1::text, 'USAGE') AS inherits,
    NOT pg_has_role($1::text, 'MEMBER') AS no_worker
FROM pg_roles AS r
WHERE r.rolname = current_user
