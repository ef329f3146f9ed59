-- The working memory: what is kept for a while. k rises with every value kept, so the lowest is the oldest.

CREATE TABLE entry (
    k INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    artifact_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    part TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires INTEGER NOT NULL,
    size INTEGER NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (tenant_id, artifact_id, version, part)
) STRICT;

CREATE INDEX entry_by_session ON entry (tenant_id, session_id);
CREATE INDEX entry_by_expiry ON entry (expires);

-- How many bytes all values take together.
CREATE TABLE room (total INTEGER NOT NULL) STRICT;
INSERT INTO room VALUES (0);

CREATE TRIGGER entry_comes AFTER INSERT ON entry BEGIN
    UPDATE room SET total = total + new.size;
END;

CREATE TRIGGER entry_goes AFTER DELETE ON entry BEGIN
    UPDATE room SET total = total - old.size;
END;
