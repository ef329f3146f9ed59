-- The record store. Every key begins with the tenant, foreign keys included: row security does not check those.
-- Inside a tenant things have numbers (k), outside their text ids. Numbers and positions rise in the order of the
-- commits, which are carried out one after another: each takes the row of ledger_position first.
-- Texts are compared byte by byte (COLLATE "C"), as the plane does. Documents are bytes, never a JSON type.

CREATE TABLE artifact_plane.ledger_position (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO artifact_plane.ledger_position (position) VALUES (0);

-- One row for each commit; at is ISO 8601.
CREATE TABLE artifact_plane.change (
    tenant_id text COLLATE "C" NOT NULL,
    change_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    at text NOT NULL,
    PRIMARY KEY (tenant_id, change_id)
);

CREATE UNIQUE INDEX change_by_position ON artifact_plane.change (position);

-- The nodes of the lineage; name and size are known of attachments only. position is that of the commit which first
-- named the node.
CREATE TABLE artifact_plane.node (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    name text,
    size bigint,
    PRIMARY KEY (tenant_id, k),
    UNIQUE (tenant_id, id)
);

-- Rows lie in the order of their positions, so a summary of each range of pages finds what came after one of them.
CREATE INDEX node_by_position ON artifact_plane.node USING brin (position) WITH (pages_per_range = 16, autosummarize = on);

-- relation: the numbers of rows.RELATIONS. position is that of the commit which brought the edge. The ends are no foreign
-- keys: record_changes takes both from the tenant's nodes in the statement that writes the edge, nodes are never
-- removed, and the checks would cost two thirds of what an edge costs.
CREATE TABLE artifact_plane.edge (
    tenant_id text COLLATE "C" NOT NULL,
    source bigint NOT NULL,
    relation smallint NOT NULL,
    target bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tenant_id, source, relation, target)
);

CREATE INDEX edge_downstream ON artifact_plane.edge (tenant_id, target, relation, source);
CREATE INDEX edge_by_position ON artifact_plane.edge USING brin (position) WITH (pages_per_range = 16, autosummarize = on);

-- One row for each version of an artifact; k is the number of its node, sequence that of the first version's node.
-- standing: 1 current and active, 2 current and deleted, 0 replaced, -1 replaced and deleted.
-- record holds what no question is asked about (rows.py).
CREATE TABLE artifact_plane.artifact (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint NOT NULL,
    artifact_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    standing smallint NOT NULL,
    sequence bigint NOT NULL,
    artifact_type text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    solution_id text COLLATE "C" NOT NULL,
    execution_id text COLLATE "C",
    decision text COLLATE "C" NOT NULL,
    labels text[] COLLATE "C",
    record bytea NOT NULL,
    PRIMARY KEY (tenant_id, k),
    UNIQUE (tenant_id, artifact_id, version),
    FOREIGN KEY (tenant_id, k) REFERENCES artifact_plane.node (tenant_id, k)
);

-- The lists, over current versions only.
CREATE INDEX artifact_newest ON artifact_plane.artifact (tenant_id, standing, sequence) WHERE standing > 0;
CREATE INDEX artifact_by_type ON artifact_plane.artifact (tenant_id, artifact_type, standing, sequence)
    WHERE standing > 0;
CREATE INDEX artifact_by_session ON artifact_plane.artifact (tenant_id, session_id, standing, sequence)
    WHERE standing > 0;
CREATE INDEX artifact_by_execution ON artifact_plane.artifact (tenant_id, execution_id, standing, sequence)
    WHERE standing > 0 AND execution_id IS NOT NULL;

-- Inline meanings, apart from the records, so that lists do not wade through them. They are kept as they are:
-- compressing costs more time than it saves room.
CREATE TABLE artifact_plane.body (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (tenant_id, k),
    FOREIGN KEY (tenant_id, k) REFERENCES artifact_plane.artifact (tenant_id, k)
);

ALTER TABLE artifact_plane.body ALTER COLUMN data SET STORAGE EXTERNAL;

-- k is the number of the execution's node, sequence the position at which it was accepted.
CREATE TABLE artifact_plane.execution (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint NOT NULL,
    execution_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    version bigint NOT NULL,
    intent_id text COLLATE "C" NOT NULL,
    attempt bigint NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    intent_type text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    ended boolean NOT NULL,
    record bytea NOT NULL,
    PRIMARY KEY (tenant_id, execution_id),
    UNIQUE (tenant_id, k),
    UNIQUE (tenant_id, intent_id, attempt),
    FOREIGN KEY (tenant_id, k) REFERENCES artifact_plane.node (tenant_id, k)
);

CREATE INDEX execution_newest ON artifact_plane.execution (tenant_id, sequence);
CREATE INDEX execution_by_session ON artifact_plane.execution (tenant_id, session_id, sequence);
CREATE INDEX execution_unfinished ON artifact_plane.execution (sequence) WHERE NOT ended;

-- The platform-native records, receipts among them, in the order of their commits; kind as in rows.RECORD_KINDS.
CREATE TABLE artifact_plane.journal (
    tenant_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    ordinal integer NOT NULL,
    kind smallint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, position, ordinal)
);

CREATE INDEX journal_about ON artifact_plane.journal (tenant_id, kind, subject, position, ordinal);

-- Policies by their digest: the same document for whoever it was in force for.
CREATE TABLE artifact_plane.policy (
    digest text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL
);

-- The outbox. k rises in the order of the commits. due NULL is at once; claimed_until NULL is free.
CREATE TABLE artifact_plane.event (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint GENERATED ALWAYS AS IDENTITY,
    event_id text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    due timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    tries integer NOT NULL DEFAULT 0,
    trouble text,
    set_aside boolean NOT NULL DEFAULT false,
    record bytea NOT NULL,
    PRIMARY KEY (tenant_id, k),
    UNIQUE (tenant_id, event_id)
);

CREATE INDEX event_waiting ON artifact_plane.event (tenant_id, subject, k) WHERE NOT set_aside;
CREATE INDEX event_in_order ON artifact_plane.event (k) WHERE NOT set_aside;
CREATE INDEX event_set_aside ON artifact_plane.event (k) WHERE set_aside;
CREATE INDEX event_by_id ON artifact_plane.event (event_id);

-- Who refers to a blob: a part of an artifact's version, or an attachment of an execution (owner is their node).
CREATE TABLE artifact_plane.blob_reference (
    tenant_id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    owner bigint NOT NULL,
    part text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, digest, owner, part),
    FOREIGN KEY (tenant_id, owner) REFERENCES artifact_plane.node (tenant_id, k)
);

CREATE INDEX blob_reference_by_owner ON artifact_plane.blob_reference (tenant_id, owner);

-- Who is about to refer to a blob. abandoned is what was given up, and what a deletion left behind; taken is what a
-- sweeper has taken because the holder was dead: the holder can no longer commit under it.
CREATE TABLE artifact_plane.claim (
    tenant_id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    abandoned boolean NOT NULL DEFAULT false,
    taken boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, digest, claim_id)
);

CREATE INDEX claim_by_id ON artifact_plane.claim (tenant_id, claim_id);

-- Claims that were taken from a holder or given up, and then settled: a commit under one may still be on its way, of a
-- holder that comes back or of a caller that did not wait for it. (What a deletion left behind has no holder.)
CREATE TABLE artifact_plane.swept_claim (
    tenant_id text COLLATE "C" NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, claim_id)
);

CREATE FUNCTION artifact_plane.remember_swept() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO artifact_plane.swept_claim (tenant_id, claim_id)
        VALUES (OLD.tenant_id, OLD.claim_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER remember_swept AFTER DELETE ON artifact_plane.claim
    FOR EACH ROW WHEN ((OLD.taken OR OLD.abandoned) AND OLD.holder <> '') EXECUTE FUNCTION artifact_plane.remember_swept();

-- The running processes of the plane, each with a lease in the database's own time.
CREATE TABLE artifact_plane.holder (
    holder text COLLATE "C" PRIMARY KEY,
    lease_until timestamptz NOT NULL
);

-- The keys under which callers asked, until they expire; subject is what came of it.
CREATE TABLE artifact_plane.request (
    tenant_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

CREATE INDEX request_expiring ON artifact_plane.request (tenant_id, expires_at);

-- Who may call from outside, k in the order they were added. The secret itself is not kept.
CREATE TABLE artifact_plane.credential (
    tenant_id text COLLATE "C" NOT NULL,
    k bigint GENERATED ALWAYS AS IDENTITY,
    credential_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    scopes text[] COLLATE "C" NOT NULL,
    secret_hash text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    opened_by text COLLATE "C",
    PRIMARY KEY (tenant_id, credential_id)
);

CREATE INDEX credential_opened_by ON artifact_plane.credential (tenant_id, opened_by) WHERE opened_by IS NOT NULL;

-- Policy texts that several runtimes share: the platform's and the steward's, and the solutions' overrides.
CREATE TABLE artifact_plane.shared_policy_text (
    layer text COLLATE "C" PRIMARY KEY CHECK (layer IN ('platform', 'governance')),
    text bytea NOT NULL
);

CREATE TABLE artifact_plane.solution_policy_text (
    tenant_id text COLLATE "C" NOT NULL,
    solution_id text COLLATE "C" NOT NULL,
    text bytea NOT NULL,
    PRIMARY KEY (tenant_id, solution_id)
);
