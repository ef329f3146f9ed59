-- Step 3: who may call the plane from outside. Tenants by name: a credential may come before a tenant's first change.
-- scopes are words separated by spaces; created, expires and ended are in microseconds since 1970.
CREATE TABLE credential (
    k INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER,
    ended INTEGER,
    opened_by TEXT,
    UNIQUE (tenant_id, credential_id)
) STRICT;

CREATE INDEX credential_opened_by ON credential (tenant_id, opened_by) WHERE opened_by IS NOT NULL;
