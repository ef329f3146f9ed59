-- The roles, what they may do, and the worker's policies: carried out at the end of every migration, so repeating it
-- has no effect. The names come as settings of the transaction. No password is set here, ever.
--
-- runtime: what a running plane connects as. It owns nothing.
-- worker: what the runtime turns into (SET LOCAL ROLE) for a transaction that is about all tenants: replaying the
-- journal, delivering events, looking for unfinished executions, sweeping blobs, feeding a projection of the lineage,
-- finding a credential by its hash. The runtime is a member that does not inherit: the worker's policies do not hold
-- for it before it has turned into the worker.

DO $$
DECLARE
    runtime text := current_setting('artifact_plane.runtime_role');
    worker text := current_setting('artifact_plane.worker_role');
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[worker, runtime] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT', one);
            IF one = runtime THEN
                EXECUTE format('ALTER ROLE %I LOGIN', one);
            END IF;
        END IF;
    END LOOP;
    IF current_setting('server_version_num')::integer < 160000
        AND EXISTS (SELECT FROM pg_roles WHERE rolname = runtime AND rolinherit) THEN
        EXECUTE format('ALTER ROLE %I NOINHERIT', runtime);
    END IF;
    IF NOT pg_has_role(runtime, worker, 'MEMBER') THEN
        IF current_setting('server_version_num')::integer >= 160000 THEN
            EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', worker, runtime);
        ELSE
            EXECUTE format('GRANT %I TO %I', worker, runtime);
        END IF;
    END IF;

    -- Row security that somebody has switched off is switched on again; a table that has it is left alone.
    FOR one IN
        SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'artifact_plane'::regnamespace AND c.relkind = 'r'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    LOOP
        EXECUTE format('ALTER TABLE artifact_plane.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', one);
    END LOOP;

    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA artifact_plane FROM PUBLIC');
    EXECUTE format('GRANT USAGE ON SCHEMA artifact_plane TO %I, %I', runtime, worker);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA artifact_plane TO %I', runtime);
    FOREACH one IN ARRAY ARRAY['ledger_position'] LOOP
        EXECUTE format('GRANT UPDATE ON artifact_plane.%I TO %I', one, runtime);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['change', 'edge', 'journal', 'policy', 'swept_claim'] LOOP
        EXECUTE format('GRANT INSERT ON artifact_plane.%I TO %I', one, runtime);
    END LOOP;
    -- record_changes takes the numbers of new nodes before it writes them.
    EXECUTE format('GRANT USAGE ON SEQUENCE artifact_plane.node_k_seq TO %I', runtime);
    FOREACH one IN ARRAY ARRAY['node', 'artifact', 'execution', 'credential'] LOOP
        EXECUTE format('GRANT INSERT, UPDATE ON artifact_plane.%I TO %I', one, runtime);
    END LOOP;
    FOREACH one IN ARRAY ARRAY[
        'body', 'event', 'blob_reference', 'claim', 'holder', 'request', 'shared_policy_text', 'solution_policy_text'
    ] LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON artifact_plane.%I TO %I', one, runtime);
    END LOOP;

    -- The worker reads these of every tenant, and changes those of them that deliveries and sweeps change.
    FOREACH one IN ARRAY ARRAY[
        'change', 'node', 'edge', 'execution', 'journal', 'event', 'blob_reference', 'claim', 'swept_claim', 'request',
        'credential'
    ] LOOP
        -- Making a policy keeps everybody from the table, so one that is there is left alone.
        IF NOT EXISTS (
            SELECT FROM pg_policies
            WHERE schemaname = 'artifact_plane' AND tablename = one AND policyname = 'of_every_tenant'
                AND roles = ARRAY[worker]::name[]
        ) THEN
            EXECUTE format('DROP POLICY IF EXISTS of_every_tenant ON artifact_plane.%I', one);
            EXECUTE format(
                'CREATE POLICY of_every_tenant ON artifact_plane.%I TO %I USING (true) WITH CHECK (true)', one, worker
            );
        END IF;
        EXECUTE format('GRANT SELECT ON artifact_plane.%I TO %I', one, worker);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['event', 'claim', 'swept_claim', 'request', 'credential'] LOOP
        EXECUTE format('GRANT UPDATE, DELETE ON artifact_plane.%I TO %I', one, worker);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['ledger_position', 'policy', 'migration', 'shared_policy_text'] LOOP
        EXECUTE format('GRANT SELECT ON artifact_plane.%I TO %I', one, worker);
    END LOOP;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON artifact_plane.holder TO %I', worker);
END
$$;
