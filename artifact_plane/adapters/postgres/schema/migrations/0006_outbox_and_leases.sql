-- The outbox: an event that a relay has found behind an earlier one of its subject is marked, and looked at no more
-- until it is its turn: however many wait behind one, a claim goes past none of them twice. Whoever marks an event
-- holds a lock on an earlier one of the subject meanwhile (queries/outbox.sql). So whoever removes that one, or sets it
-- aside, comes before and keeps it from being marked, or comes after; and then the triggers below see the mark, for
-- what they ask begins after the removal. Before each marked event there is a pending one of its subject.

ALTER TABLE artifact_plane.event ADD COLUMN behind boolean NOT NULL DEFAULT false;

DROP INDEX artifact_plane.event_in_order;
CREATE INDEX event_in_order ON artifact_plane.event (k) WHERE NOT set_aside AND NOT behind;

CREATE FUNCTION artifact_plane.after_delivery() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE artifact_plane.event AS e SET behind = false
        WHERE e.ctid = ANY (ARRAY(
            SELECT next.ctid
            FROM gone CROSS JOIN LATERAL (
                SELECT n.ctid, n.behind FROM artifact_plane.event AS n
                WHERE NOT n.set_aside AND n.tenant_id = gone.tenant_id AND n.subject = gone.subject AND n.k > gone.k
                ORDER BY n.k LIMIT 1
            ) AS next
            WHERE next.behind
        ));
    RETURN NULL;
END
$$;

CREATE TRIGGER after_delivery AFTER DELETE ON artifact_plane.event
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION artifact_plane.after_delivery();

CREATE FUNCTION artifact_plane.after_setting_aside() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE artifact_plane.event AS e SET behind = false
        WHERE e.behind AND e.tenant_id = NEW.tenant_id AND e.k = (
            SELECT n.k FROM artifact_plane.event AS n
            WHERE NOT n.set_aside AND n.tenant_id = NEW.tenant_id AND n.subject = NEW.subject AND n.k > NEW.k
            ORDER BY n.k LIMIT 1
        );
    RETURN NULL;
END
$$;

CREATE TRIGGER after_setting_aside AFTER UPDATE OF set_aside ON artifact_plane.event
    FOR EACH ROW WHEN (NEW.set_aside) EXECUTE FUNCTION artifact_plane.after_setting_aside();

-- Claims that were swept are forgotten in time (queries/blobs.sql): at tells when that was.
ALTER TABLE artifact_plane.swept_claim ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX swept_claim_by_age ON artifact_plane.swept_claim (at);

-- Which process holds a name, by a mark of its own: one whose answer was lost may ask again. Who has come by a name
-- before there were marks has none.
ALTER TABLE artifact_plane.holder ADD COLUMN mark text NOT NULL DEFAULT '';

-- Nothing asks by it: statements name the tenant themselves.
DROP FUNCTION artifact_plane.asking(text);
