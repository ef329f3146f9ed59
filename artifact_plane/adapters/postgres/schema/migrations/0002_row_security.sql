-- Row security. A tenant's rows are visible where the setting artifact_plane.tenant names the tenant, and nowhere
-- else: it is set for one transaction, and NULL and '' (what is left after a transaction) name nobody. A commit of
-- several tenants' changes names exactly those, separated by the character 31, which no id holds. The setting is
-- read once for each scan (a sub-select), not once for each row. The planner takes array_position(...) IS NOT NULL for
-- nearly always true, which it is beside the tenant that every statement names itself; of an equality it would think
-- that it leaves one row in a hundred, twice, and take an index that begins with the tenant for as good as any other.
-- Security is forced: the tables' owner sees no more than others.

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'change', 'node', 'edge', 'artifact', 'body', 'execution', 'journal', 'event', 'blob_reference', 'claim',
        'swept_claim', 'request', 'credential', 'solution_policy_text'
    ] LOOP
        EXECUTE format('ALTER TABLE artifact_plane.%I ENABLE ROW LEVEL SECURITY', one);
        EXECUTE format('ALTER TABLE artifact_plane.%I FORCE ROW LEVEL SECURITY', one);
        EXECUTE format(
            'CREATE POLICY of_the_tenant ON artifact_plane.%I USING (array_position((SELECT string_to_array('
            'NULLIF(current_setting(''artifact_plane.tenant'', true), ''''), chr(31)) COLLATE "C"), tenant_id) '
            'IS NOT NULL)',
            one
        );
    END LOOP;
END
$$;

-- Says for the rest of the transaction which tenant is asking, and answers with it. Joined as the outer side of a
-- LATERAL question, it lets one statement be a whole transaction:
--     SELECT found.* FROM artifact_plane.asking($1) AS tenant (id)
--         CROSS JOIN LATERAL (SELECT ... WHERE tenant_id = tenant.id ... LIMIT n) AS found
-- Were the question looked at first, it would find nothing: no row is visible before.
CREATE FUNCTION artifact_plane.asking(tenant_id text) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE ROWS 1
AS $$
BEGIN
    RETURN NEXT set_config('artifact_plane.tenant', tenant_id, true);
END
$$;
