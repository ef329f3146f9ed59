-- The function of 0003 stays, told apart by its arguments: processes of the release before this one may still run, and
-- call it.
--
-- Recording a group of changes, anew: what a change refers to is looked up once, and what most changes write is
-- written by one statement. Against 0003 a create takes a third of the statements, and none of them looks up a node by
-- its text a second time; and what an artifact is derived from is worked out here, so nobody has to ask before.
--
-- No two changes of a group may touch the same thing (the caller sees to that), so all of them can be compared with
-- what is recorded, at once and table by table. The row of ledger_position is taken first: what is recorded cannot
-- change any more until this transaction ends. A change that is refused has no part in what is written.
--
-- Each change has a number, from 1; rows of other tables name it in their first column. Nodes have numbers too, from 1
-- (each tenant's node has one in the group), which other rows name in the place of their ids; a number below zero is
-- that of an origin. The answer has one entry for each change: its position, and whether it was recorded before; or
-- trouble, and what is known about it:
--     origin     item is the number of the origin; found_standing is that of its current version
--     artifact   item is the number of the write; found_version and found_standing are those of the current version
--     execution  found_version is the current version
--     attempt    the intent has an execution of that attempt
--     node       item is the number among needs
--     request    the key is taken
--     claim      a sweeper has taken a claim that the change releases

CREATE FUNCTION artifact_plane.record_changes(
    tenants text,
    c_tenant text[], c_id text[], c_at text[], c_moment timestamptz[],
    m_tenant text[], m_id text[],
    -- Origins: artifacts of which the current version is meant.
    g_change integer[], g_id text[],
    -- Artifacts. node: of the version, first_node: of the version that the first of the change's writes of it makes;
    -- base: the version in the database that this first write comes on top of; first: the version that it makes.
    -- standing: 1, 0 where the same change replaces it again, 2 for a tombstone. Labels are separated by the
    -- character 31.
    a_change integer[], a_node integer[], a_first_node integer[], a_id text[], a_version bigint[], a_base bigint[],
    a_first bigint[], a_standing integer[], a_type text[], a_session text[], a_solution text[], a_execution text[],
    a_decision text[], a_labels text[], a_record bytea[], a_body bytea[],
    -- Blobs of artifacts: the node of the version.
    b_change integer[], b_node integer[], b_digest text[], b_part text[],
    -- Nodes: those to be made if they are not there, and those that must be there.
    n_change integer[], n_node integer[], n_name text[], n_size bigint[],
    d_change integer[], d_node integer[],
    e_change integer[], e_source integer[], e_relation integer[], e_target integer[],
    x_change integer[], x_node integer[], x_id text[], x_version bigint[], x_replaces bigint[], x_intent text[],
    x_attempt bigint[], x_session text[], x_type text[], x_state text[], x_ended boolean[], x_record bytea[],
    -- Attachments of executions: those that are still needed, and all that were put.
    k_change integer[], k_digest text[], k_part text[],
    p_change integer[], p_digest text[],
    j_change integer[], j_ordinal integer[], j_kind integer[], j_subject text[], j_body bytea[],
    v_change integer[], v_id text[], v_subject text[], v_record bytea[],
    o_change integer[], o_digest text[], o_document bytea[],
    r_change integer[], r_claim text[],
    q_change integer[], q_key text[], q_fingerprint text[], q_subject text[], q_expires timestamptz[],
    OUT positions bigint[], OUT repeated boolean[], OUT trouble text[], OUT item integer[],
    OUT found_version bigint[], OUT found_standing integer[]
)
    LANGUAGE plpgsql VOLATILE
    -- A plan that was made while the tables were small must do for large ones: one look into an index for each row.
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_material = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    changes CONSTANT integer := cardinality(c_id);
    -- Each condition costs something in every call, so what few changes have is asked about once.
    plain CONSTANT boolean := num_nonnulls(b_digest, x_id, v_id, o_digest, r_claim, q_key) = 0
        AND (a_standing IS NULL OR 2 <> ALL (a_standing));
    before bigint;
    recorded integer := 0;
    ks bigint[];  -- by the number of the node: its k
    born bigint[];  -- the position at which this call makes it
    names text[];  -- of attachments
    sizes bigint[];
    origins bigint[];  -- by the number of the origin: the k of its current version
    standings integer[];
    refused integer[];
    heads bigint[];
    head_standings integer[];
    one record;
BEGIN
    UPDATE artifact_plane.ledger_position SET position = position + changes
        RETURNING position - changes, set_config('artifact_plane.tenant', tenants, true) INTO before;

    -- What is recorded of what the changes name. (Sorted below the aggregates: that is one sort for all of them.)
    SELECT c.positions, c.repeated, c.words, c.items, c.versions, c.items, m.ks, m.born, m.names, m.born, g.ks,
            g.standings, a.items, a.versions, a.standings
        INTO positions, repeated, trouble, item, found_version, found_standing, ks, born, names, sizes, origins,
            standings, refused, heads, head_standings
        FROM (
            SELECT array_agg(position), array_agg(position IS NOT NULL), array_agg(NULL::text),
                array_agg(NULL::integer), array_agg(NULL::bigint)
            FROM (
                SELECT known.position
                FROM unnest(c_tenant, c_id) WITH ORDINALITY AS w (tenant_id, change_id, i)
                    LEFT JOIN artifact_plane.change AS known
                        ON known.tenant_id = w.tenant_id AND known.change_id = w.change_id
                ORDER BY w.i
            ) AS w
        ) AS c (positions, repeated, words, items, versions), (
            SELECT array_agg(k), array_agg(NULL::bigint), array_agg(NULL::text)
            FROM (
                SELECT known.k
                FROM unnest(m_tenant, m_id) WITH ORDINALITY AS w (tenant_id, id, i)
                    LEFT JOIN artifact_plane.node AS known ON known.tenant_id = w.tenant_id AND known.id = w.id
                ORDER BY w.i
            ) AS w
        ) AS m (ks, born, names), (
            SELECT array_agg(k), array_agg(standing)
            FROM (
                SELECT head.k, head.standing
                FROM unnest(g_change, g_id) WITH ORDINALITY AS w (change, id, i)
                    LEFT JOIN LATERAL (
                        SELECT a.k, a.standing FROM artifact_plane.artifact AS a
                        WHERE a.tenant_id = c_tenant[w.change] AND a.artifact_id = w.id
                        ORDER BY a.version DESC LIMIT 1
                    ) AS head ON true
                ORDER BY w.i
            ) AS w
        ) AS g (ks, standings), (
            -- Writes that do not follow what is there
            SELECT array_agg(i), array_agg(version), array_agg(standing)
            FROM (
                SELECT w.i, head.version, head.standing
                FROM unnest(a_change, a_id, a_version, a_base, a_first, a_standing)
                        WITH ORDINALITY AS w (change, id, version, base, first, standing, i)
                    LEFT JOIN LATERAL (
                        SELECT a.version, a.standing FROM artifact_plane.artifact AS a
                        WHERE a.tenant_id = c_tenant[w.change] AND a.artifact_id = w.id
                        ORDER BY a.version DESC LIMIT 1
                    ) AS head ON true
                WHERE NOT CASE
                    WHEN head.version IS NULL THEN w.base IS NULL AND (w.standing <> 2 OR w.first IS NOT NULL)
                    WHEN head.standing <> 1 OR w.base IS DISTINCT FROM head.version THEN false
                    ELSE coalesce(w.first > head.version, w.version = head.version)
                END
                ORDER BY w.i
            ) AS w
        ) AS a (items, versions, standings);

    -- What may not be recorded
    FOR i IN 1 .. coalesce(cardinality(g_id), 0) LOOP
        IF standings[i] IS DISTINCT FROM 1 AND trouble[g_change[i]] IS NULL THEN
            trouble[g_change[i]] := 'origin';
            item[g_change[i]] := i;
            found_standing[g_change[i]] := standings[i];
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(cardinality(refused), 0) LOOP
        IF trouble[a_change[refused[i]]] IS NULL THEN
            trouble[a_change[refused[i]]] := 'artifact';
            item[a_change[refused[i]]] := refused[i];
            found_version[a_change[refused[i]]] := heads[i];
            found_standing[a_change[refused[i]]] := head_standings[i];
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(cardinality(d_node), 0) LOOP
        IF ks[d_node[i]] IS NULL AND trouble[d_change[i]] IS NULL THEN
            trouble[d_change[i]] := 'node';
            item[d_change[i]] := i;
        END IF;
    END LOOP;
    IF NOT plain THEN
        IF cardinality(x_id) > 0 THEN
            FOR one IN
                SELECT w.change, known.version, known.version IS NOT DISTINCT FROM w.replaces AS fits
                FROM unnest(x_change, x_id, x_replaces, x_intent, x_attempt)
                        AS w (change, id, replaces, intent_id, attempt)
                    LEFT JOIN artifact_plane.execution AS known
                        ON known.tenant_id = c_tenant[w.change] AND known.execution_id = w.id
                WHERE known.version IS DISTINCT FROM w.replaces OR w.replaces IS NULL AND EXISTS (
                    SELECT FROM artifact_plane.execution AS rival
                    WHERE rival.tenant_id = c_tenant[w.change] AND rival.intent_id = w.intent_id
                        AND rival.attempt = w.attempt
                )
            LOOP
                trouble[one.change] :=
                    coalesce(trouble[one.change], CASE WHEN one.fits THEN 'attempt' ELSE 'execution' END);
                found_version[one.change] := coalesce(found_version[one.change], one.version);
            END LOOP;
        END IF;
        IF cardinality(q_key) > 0 THEN
            FOR one IN
                SELECT w.change FROM unnest(q_change, q_key) AS w (change, key)
                    JOIN artifact_plane.request AS r ON r.tenant_id = c_tenant[w.change] AND r.key = w.key
                WHERE r.expires_at > c_moment[w.change]
            LOOP
                trouble[one.change] := coalesce(trouble[one.change], 'request');
            END LOOP;
        END IF;
        IF cardinality(r_claim) > 0 THEN
            FOR one IN
                SELECT w.change, c.taken FROM unnest(r_change, r_claim) AS w (change, claim_id)
                    JOIN artifact_plane.claim AS c ON c.tenant_id = c_tenant[w.change] AND c.claim_id = w.claim_id
                FOR UPDATE OF c  -- a sweeper that is taking it now is waited for
            LOOP
                IF one.taken THEN
                    trouble[one.change] := coalesce(trouble[one.change], 'claim');
                END IF;
            END LOOP;
            FOR one IN
                SELECT w.change FROM unnest(r_change, r_claim) AS w (change, claim_id)
                    JOIN artifact_plane.swept_claim AS c ON c.tenant_id = c_tenant[w.change] AND c.claim_id = w.claim_id
            LOOP
                trouble[one.change] := coalesce(trouble[one.change], 'claim');
            END LOOP;
        END IF;
    END IF;

    -- Positions, in the order of the changes; those up to before were recorded before
    FOR i IN 1 .. changes LOOP
        IF repeated[i] THEN
            trouble[i] := NULL;
        ELSIF trouble[i] IS NULL THEN
            recorded := recorded + 1;
            positions[i] := before + recorded;
        END IF;
    END LOOP;
    IF recorded < changes THEN
        UPDATE artifact_plane.ledger_position SET position = before + recorded;
    END IF;
    IF recorded = 0 THEN
        RETURN;
    END IF;

    -- Numbers for the nodes that are new
    FOR i IN 1 .. coalesce(cardinality(n_node), 0) LOOP
        IF ks[n_node[i]] IS NULL AND positions[n_change[i]] > before THEN
            ks[n_node[i]] := nextval('artifact_plane.node_k_seq');
            born[n_node[i]] := positions[n_change[i]];
        END IF;
    END LOOP;
    IF n_name IS NOT NULL THEN
        FOR i IN 1 .. cardinality(n_node) LOOP
            IF names[n_node[i]] IS NULL AND positions[n_change[i]] > before THEN
                names[n_node[i]] := n_name[i];
                sizes[n_node[i]] := n_size[i];
            END IF;
        END LOOP;
        UPDATE artifact_plane.node AS known SET name = w.name, size = w.size
            FROM unnest(m_tenant, ks, born, names, sizes) AS w (tenant_id, k, born, name, size)
            WHERE w.name IS NOT NULL AND w.born IS NULL
                AND known.tenant_id = w.tenant_id AND known.k = w.k AND known.name IS NULL;
    END IF;
    IF a_base IS NOT NULL THEN
        UPDATE artifact_plane.artifact AS a SET standing = 0
            FROM unnest(a_change, a_id, a_base, a_first) AS w (change, id, base, first)
            WHERE a.tenant_id = c_tenant[w.change] AND a.artifact_id = w.id AND a.version = w.base
                AND w.first IS NOT NULL AND positions[w.change] > before;
    END IF;

    -- What most changes write
    WITH changed AS (
        INSERT INTO artifact_plane.change (tenant_id, change_id, position, at)
            SELECT w.tenant_id, w.change_id, w.position, w.at
            FROM unnest(c_tenant, c_id, positions, c_at) AS w (tenant_id, change_id, position, at)
            WHERE w.position > before
    ), nodes AS (
        INSERT INTO artifact_plane.node (tenant_id, k, id, position, name, size) OVERRIDING SYSTEM VALUE
            SELECT w.tenant_id, w.k, w.id, w.born, w.name, w.size
            FROM unnest(m_tenant, ks, m_id, born, names, sizes) AS w (tenant_id, k, id, born, name, size)
            WHERE w.born IS NOT NULL
    ), artifacts AS (
        INSERT INTO artifact_plane.artifact (
            tenant_id, k, artifact_id, version, standing, sequence, artifact_type, session_id, solution_id,
            execution_id, decision, labels, record
        )
            SELECT
                c_tenant[w.change], ks[w.node], w.id, w.version, w.standing,
                CASE WHEN w.base IS NULL THEN ks[w.first_node] ELSE (
                    SELECT a.sequence FROM artifact_plane.artifact AS a
                    WHERE a.tenant_id = c_tenant[w.change] AND a.artifact_id = w.id AND a.version = w.base
                ) END,
                w.type, w.session, w.solution, w.execution, w.decision, string_to_array(w.labels, chr(31)), w.record
            FROM unnest(
                    a_change, a_node, a_first_node, a_id, a_version, a_base, a_standing, a_type, a_session, a_solution,
                    a_execution, a_decision, a_labels, a_record
                ) AS w (
                    change, node, first_node, id, version, base, standing, type, session, solution, execution,
                    decision, labels, record
                )
            WHERE positions[w.change] > before AND w.standing <> 2
    ), bodies AS (
        INSERT INTO artifact_plane.body (tenant_id, k, data)
            SELECT c_tenant[w.change], ks[w.node], w.body
            FROM unnest(a_change, a_node, a_body) AS w (change, node, body)
            WHERE positions[w.change] > before AND w.body IS NOT NULL
    ), edges AS (
        INSERT INTO artifact_plane.edge (tenant_id, source, relation, target, position)
            SELECT
                c_tenant[w.change], ks[w.source], w.relation,
                CASE WHEN w.target > 0 THEN ks[w.target] ELSE origins[-w.target] END, positions[w.change]
            FROM unnest(e_change, e_source, e_relation, e_target) AS w (change, source, relation, target)
            WHERE positions[w.change] > before
            ON CONFLICT DO NOTHING
    )
    INSERT INTO artifact_plane.journal (tenant_id, position, ordinal, kind, subject, body)
        SELECT c_tenant[w.change], positions[w.change], w.ordinal, w.kind, w.subject, w.body
        FROM unnest(j_change, j_ordinal, j_kind, j_subject, j_body) AS w (change, ordinal, kind, subject, body)
        WHERE positions[w.change] > before;

    IF plain THEN
        RETURN;
    END IF;
    IF cardinality(b_digest) > 0 THEN
        INSERT INTO artifact_plane.blob_reference (tenant_id, digest, owner, part)
            SELECT c_tenant[w.change], w.digest, ks[w.node], w.part
            FROM unnest(b_change, b_node, b_digest, b_part) AS w (change, node, digest, part)
            WHERE positions[w.change] > before
            ON CONFLICT DO NOTHING;
    END IF;

    -- Tombstones: bodies and references of all versions go. Every digest that loses a reference is left as an
    -- abandoned claim, so that the sweep finds it.
    IF 2 = ANY (a_standing) THEN
        FOR one IN
            SELECT w.*, c_tenant[w.change] AS tenant_id
            FROM unnest(
                    a_change, a_id, a_version, a_standing, a_type, a_session, a_solution, a_execution, a_decision,
                    a_labels, a_record
                ) AS w (
                    change, id, version, standing, type, session, solution, execution, decision, labels, record
                )
            WHERE positions[w.change] > before AND w.standing = 2
        LOOP
            WITH gone AS (
                DELETE FROM artifact_plane.blob_reference AS r USING artifact_plane.artifact AS a
                    WHERE a.tenant_id = one.tenant_id AND a.artifact_id = one.id
                        AND r.tenant_id = a.tenant_id AND r.owner = a.k
                    RETURNING r.digest
            )
            INSERT INTO artifact_plane.claim (tenant_id, digest, claim_id, holder, abandoned)
                SELECT DISTINCT one.tenant_id, digest, 'released:' || c_id[one.change] || ':' || digest, '', true
                FROM gone
                ON CONFLICT DO NOTHING;
            DELETE FROM artifact_plane.body AS b USING artifact_plane.artifact AS a
                WHERE a.tenant_id = one.tenant_id AND a.artifact_id = one.id
                    AND b.tenant_id = a.tenant_id AND b.k = a.k;
            UPDATE artifact_plane.artifact SET standing = -1
                WHERE tenant_id = one.tenant_id AND artifact_id = one.id AND version <> one.version AND standing = 0;
            UPDATE artifact_plane.artifact SET
                    standing = 2, artifact_type = one.type, session_id = one.session, solution_id = one.solution,
                    execution_id = one.execution, decision = one.decision,
                    labels = string_to_array(one.labels, chr(31)), record = one.record
                WHERE tenant_id = one.tenant_id AND artifact_id = one.id AND version = one.version;
        END LOOP;
    END IF;

    IF cardinality(x_id) > 0 THEN
        INSERT INTO artifact_plane.execution (
            tenant_id, k, execution_id, sequence, version, intent_id, attempt, session_id, intent_type, state, ended,
            record
        )
            SELECT c_tenant[w.change], ks[w.node], w.id, positions[w.change], w.version, w.intent_id, w.attempt,
                w.session_id, w.intent_type, w.state, w.ended, w.record
            FROM unnest(
                    x_change, x_node, x_id, x_version, x_intent, x_attempt, x_session, x_type, x_state, x_ended,
                    x_record
                ) AS w (
                    change, node, id, version, intent_id, attempt, session_id, intent_type, state, ended, record
                )
            WHERE positions[w.change] > before
            ON CONFLICT (tenant_id, execution_id) DO UPDATE SET
                version = excluded.version, state = excluded.state, ended = excluded.ended, record = excluded.record;

        -- Attachments: what is not needed any more goes. Of an execution that is new and has ended, what it does not
        -- need was put, and never referred to.
        WITH gone AS (
            DELETE FROM artifact_plane.blob_reference AS r
                USING unnest(x_change, x_node, x_replaces) AS w (change, node, replaces)
                WHERE positions[w.change] > before AND w.replaces IS NOT NULL
                    AND r.tenant_id = c_tenant[w.change] AND r.owner = ks[w.node]
                    AND NOT EXISTS (
                        SELECT FROM unnest(k_change, k_digest, k_part) AS k (change, digest, part)
                        WHERE k.change = w.change AND k.digest = r.digest AND k.part = r.part
                    )
                RETURNING w.change, r.digest
        ), dropped AS (
            SELECT change, digest FROM gone
            UNION
            SELECT p.change, p.digest
            FROM unnest(p_change, p_digest) AS p (change, digest)
                JOIN unnest(x_change, x_replaces) AS w (change, replaces) ON w.change = p.change AND w.replaces IS NULL
            WHERE positions[p.change] > before AND NOT EXISTS (
                SELECT FROM unnest(k_change, k_digest) AS k (change, digest)
                WHERE k.change = p.change AND k.digest = p.digest
            )
        )
        INSERT INTO artifact_plane.claim (tenant_id, digest, claim_id, holder, abandoned)
            SELECT c_tenant[change], digest, 'released:' || c_id[change] || ':' || digest, '', true FROM dropped
            ON CONFLICT DO NOTHING;
        IF cardinality(k_digest) > 0 THEN
            INSERT INTO artifact_plane.blob_reference (tenant_id, digest, owner, part)
                SELECT c_tenant[w.change], k.digest, ks[w.node], k.part
                FROM unnest(k_change, k_digest, k_part) AS k (change, digest, part)
                    JOIN unnest(x_change, x_node) AS w (change, node) ON w.change = k.change
                WHERE positions[k.change] > before
                ON CONFLICT DO NOTHING;
        END IF;
    END IF;

    IF cardinality(v_id) > 0 THEN
        INSERT INTO artifact_plane.event (tenant_id, event_id, subject, position, record)
            SELECT c_tenant[w.change], w.id, w.subject, positions[w.change], w.record
            FROM unnest(v_change, v_id, v_subject, v_record) WITH ORDINALITY AS w (change, id, subject, record, i)
            WHERE positions[w.change] > before
            ORDER BY w.i
            ON CONFLICT (tenant_id, event_id) DO NOTHING;
    END IF;

    IF cardinality(o_digest) > 0 THEN
        INSERT INTO artifact_plane.policy (digest, document)
            SELECT w.digest, w.document FROM unnest(o_change, o_digest, o_document) AS w (change, digest, document)
            WHERE positions[w.change] > before
            ON CONFLICT DO NOTHING;
    END IF;

    IF cardinality(r_claim) > 0 THEN
        DELETE FROM artifact_plane.claim AS c
            USING unnest(r_change, r_claim) AS w (change, claim_id)
            WHERE positions[w.change] > before AND c.tenant_id = c_tenant[w.change] AND c.claim_id = w.claim_id;
    END IF;

    IF cardinality(q_key) > 0 THEN
        DELETE FROM artifact_plane.request AS r
            USING unnest(q_change) AS w (change)
            WHERE r.tenant_id = c_tenant[w.change] AND r.expires_at <= c_moment[w.change];
        INSERT INTO artifact_plane.request (tenant_id, key, fingerprint, subject, expires_at)
            SELECT c_tenant[w.change], w.key, w.fingerprint, w.subject, w.expires_at
            FROM unnest(q_change, q_key, q_fingerprint, q_subject, q_expires)
                AS w (change, key, fingerprint, subject, expires_at)
            WHERE positions[w.change] > before
            ON CONFLICT (tenant_id, key) DO UPDATE SET
                fingerprint = excluded.fingerprint, subject = excluded.subject, expires_at = excluded.expires_at;
    END IF;
END
$$;
