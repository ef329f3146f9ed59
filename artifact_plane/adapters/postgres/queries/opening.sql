-- How a running plane stands in the database

-- $1 is the worker role, which may not be there. A superuser is a member of every role, so the first column that is true is what is wrong.
-- name: standing
SELECT
    r.rolsuper AS superuser,
    r.rolbypassrls AS bypasses,
    EXISTS (
        SELECT FROM pg_class AS c
        WHERE c.relnamespace = to_regnamespace('artifact_plane') AND c.relkind = 'r'
            AND pg_has_role(c.relowner, 'USAGE')
    ) AS owner,
    EXISTS (
        SELECT FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = to_regnamespace('artifact_plane') AND c.relkind = 'r'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ) AS unforced,
    w.oid IS NULL AS no_worker,
    pg_has_role(w.oid, 'USAGE') AS inherits,
    NOT pg_has_role(w.oid, 'MEMBER') AS no_member,
    w.rolsuper OR w.rolcreaterole AS mighty,
    EXISTS (
        SELECT FROM pg_class AS c
        WHERE c.relnamespace = to_regnamespace('artifact_plane') AND c.relkind = 'r'
            AND NOT has_table_privilege(c.oid, 'SELECT')
    ) AS unread
FROM pg_roles AS r LEFT JOIN pg_roles AS w ON w.rolname = $1
WHERE r.rolname = current_user
