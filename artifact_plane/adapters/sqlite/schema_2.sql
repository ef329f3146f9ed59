-- Step 2: requests under keys of their callers' own; expires is in microseconds since 1970.
CREATE TABLE request (
    tenant INTEGER NOT NULL REFERENCES tenant (k),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_expiring ON request (expires);
