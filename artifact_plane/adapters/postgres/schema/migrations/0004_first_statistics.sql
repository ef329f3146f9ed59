-- The planner's first statistics. Of a table that was never analysed it assumes that a tenant has next to no rows; all
-- indexes begin with the tenant, so one looks as good to it as another, and a plan made then may read a tenant's every
-- row. What it has to know is that the tenant says little, and the column after it much. So: a few sample rows, each of
-- another tenant (no tenant is to be known as a frequent one), with the word that there is one tenant; ANALYZE; and away
-- with the rows. The statistics stay until there are real ones.

DO $$
DECLARE
    tables CONSTANT text[] := ARRAY[
        'node', 'change', 'edge', 'artifact', 'body', 'execution', 'journal', 'event', 'blob_reference', 'claim',
        'request', 'credential'
    ];
    samples CONSTANT integer := 300;
    one text;
BEGIN
    FOREACH one IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE artifact_plane.%I NO FORCE ROW LEVEL SECURITY', one);
        EXECUTE format('ALTER TABLE artifact_plane.%I ALTER tenant_id SET (n_distinct = 1)', one);
    END LOOP;

    INSERT INTO artifact_plane.node (tenant_id, id, position)
        SELECT 'sample-' || i, 'execution:' || i, i FROM generate_series(1, samples) AS i;
    INSERT INTO artifact_plane.change (tenant_id, change_id, position, at)
        SELECT tenant_id, id, position, '' FROM artifact_plane.node;
    INSERT INTO artifact_plane.edge (tenant_id, source, relation, target, position)
        SELECT tenant_id, k, 1, k, position FROM artifact_plane.node;
    INSERT INTO artifact_plane.artifact (
        tenant_id, k, artifact_id, version, standing, sequence, artifact_type, session_id, solution_id, execution_id,
        decision, record
    )
        SELECT tenant_id, k, id, 1, 1, k, 'type-' || k % 10, 'session-' || k, 'solution-' || k % 10, id, 'persist', ''
        FROM artifact_plane.node;
    INSERT INTO artifact_plane.body (tenant_id, k, data) SELECT tenant_id, k, '' FROM artifact_plane.node;
    INSERT INTO artifact_plane.execution (
        tenant_id, k, execution_id, sequence, version, intent_id, attempt, session_id, intent_type, state, ended, record
    )
        SELECT tenant_id, k, id, position, 1, id, 1, 'session-' || k, 'type', 'completed', k % 100 > 0, ''
        FROM artifact_plane.node;
    INSERT INTO artifact_plane.journal (tenant_id, position, ordinal, kind, subject, body)
        SELECT tenant_id, position, 1, 1 + k % 4, id, '' FROM artifact_plane.node;
    INSERT INTO artifact_plane.event (tenant_id, event_id, subject, position, set_aside, record)
        SELECT tenant_id, id, id, position, k % 100 = 0, '' FROM artifact_plane.node;
    INSERT INTO artifact_plane.blob_reference (tenant_id, digest, owner, part)
        SELECT tenant_id, id, k, 'part' FROM artifact_plane.node;
    INSERT INTO artifact_plane.claim (tenant_id, digest, claim_id, holder)
        SELECT tenant_id, id, id, 'holder-' || k % 10 FROM artifact_plane.node;
    INSERT INTO artifact_plane.request (tenant_id, key, fingerprint, subject, expires_at)
        SELECT tenant_id, id, id, id, now() + k * interval '1 minute' FROM artifact_plane.node;
    INSERT INTO artifact_plane.credential (tenant_id, credential_id, kind, name, scopes, secret_hash, created_at)
        SELECT tenant_id, id, 'token', id, '{}', id, now() FROM artifact_plane.node;

    FOREACH one IN ARRAY tables LOOP
        EXECUTE format('ANALYZE artifact_plane.%I', one);
    END LOOP;
    EXECUTE 'TRUNCATE ' || (SELECT string_agg('artifact_plane.' || quote_ident(name), ', ') FROM unnest(tables) AS name)
        || ' RESTART IDENTITY';
    FOREACH one IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE artifact_plane.%I ALTER tenant_id RESET (n_distinct)', one);
        EXECUTE format('ALTER TABLE artifact_plane.%I FORCE ROW LEVEL SECURITY', one);
    END LOOP;
END
$$;
