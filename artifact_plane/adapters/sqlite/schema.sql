-- The record store. Inside, everything has a number (k); outside, its text id. Numbers rise in the order of creation.
-- References between tables are stated and checked by the tests (PRAGMA foreign_key_check), not at every insert:
-- the ledger looks every number up before it uses it.

CREATE TABLE tenant (
    k INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL UNIQUE
) STRICT;

-- One row for each commit. journal_end is the number of the last journal record up to and with this commit.
CREATE TABLE change (
    position INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    change_id TEXT NOT NULL,
    at TEXT NOT NULL,
    journal_end INTEGER NOT NULL,
    UNIQUE (tenant, change_id)
) STRICT;

-- The nodes of the lineage. name and size are known of attachments only.
CREATE TABLE node (
    k INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    id TEXT NOT NULL,
    name TEXT,
    size INTEGER,
    UNIQUE (tenant, id)
) STRICT;

CREATE TABLE edge (
    source INTEGER NOT NULL REFERENCES node (k),
    relation INTEGER NOT NULL,
    target INTEGER NOT NULL REFERENCES node (k),
    PRIMARY KEY (source, relation, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX edge_downstream ON edge (target, relation, source);

-- One row for each version of an artifact; k is the number of its node, sequence that of the first version's node.
-- standing: 1 current and active, 2 current and deleted, 0 replaced, -1 replaced and deleted.
CREATE TABLE artifact (
    k INTEGER PRIMARY KEY REFERENCES node (k),
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    artifact_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    artifact_type TEXT NOT NULL,
    session_id TEXT NOT NULL,
    solution_id TEXT NOT NULL,
    realm TEXT,
    intent_type TEXT,
    execution_id TEXT,
    key TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    decision TEXT NOT NULL,
    labels TEXT,
    metadata BLOB,
    retention_policy TEXT,
    payload_artifact_id TEXT,
    parts BLOB NOT NULL,
    UNIQUE (tenant, artifact_id, version)
) STRICT;

-- The lists, over current versions only.
CREATE INDEX artifact_newest ON artifact (tenant, standing, sequence) WHERE standing > 0;
CREATE INDEX artifact_by_type ON artifact (tenant, artifact_type, standing, sequence) WHERE standing > 0;
CREATE INDEX artifact_by_session ON artifact (tenant, session_id, standing, sequence) WHERE standing > 0;
CREATE INDEX artifact_by_execution ON artifact (tenant, execution_id, standing, sequence)
    WHERE standing > 0 AND execution_id IS NOT NULL;

-- Inline meanings, apart from the records, so that lists do not wade through them.
CREATE TABLE body (
    k INTEGER PRIMARY KEY REFERENCES artifact (k),
    data BLOB NOT NULL
) STRICT;

-- k is the number of the execution's node, sequence the position at which it was accepted.
CREATE TABLE execution (
    k INTEGER PRIMARY KEY REFERENCES node (k),
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    execution_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version INTEGER NOT NULL,
    intent_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    intent_type TEXT NOT NULL,
    state TEXT NOT NULL,
    ended INTEGER NOT NULL,
    record BLOB NOT NULL,
    UNIQUE (tenant, execution_id),
    UNIQUE (tenant, intent_id, attempt)
) STRICT;

CREATE INDEX execution_newest ON execution (tenant, sequence);
CREATE INDEX execution_by_session ON execution (tenant, session_id, sequence);
CREATE INDEX execution_unfinished ON execution (sequence) WHERE ended = 0;

-- The platform-native records, in the order of their commits; kind as in rows.RECORD_KINDS.
CREATE TABLE journal (
    k INTEGER PRIMARY KEY,
    position INTEGER NOT NULL REFERENCES change (position),
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    kind INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX journal_about ON journal (tenant, kind, subject);

CREATE TABLE policy (
    digest TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox; due and leased_until are microseconds since 1970, set_aside is 1 for what was given up for now.
CREATE TABLE event (
    k INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    subject TEXT NOT NULL,
    due INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    trouble TEXT,
    set_aside INTEGER NOT NULL DEFAULT 0,
    record BLOB NOT NULL
) STRICT;

CREATE INDEX event_waiting ON event (tenant, subject, k) WHERE set_aside = 0;
CREATE INDEX event_set_aside ON event (set_aside) WHERE set_aside = 1;

-- Who refers to a blob: a part of an artifact's version, or an attachment of an execution (owner is their node).
CREATE TABLE blob_reference (
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    digest TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES node (k),
    part TEXT NOT NULL,
    PRIMARY KEY (tenant, digest, owner, part)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_reference_by_owner ON blob_reference (owner);

-- Who is about to refer to a blob. abandoned is 1 for what was given up, and for what a deletion left behind.
CREATE TABLE claim (
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    digest TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    abandoned INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, digest, claim_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_by_id ON claim (tenant, claim_id);
