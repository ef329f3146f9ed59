-- Step 4: front is 1 for the first waiting event of each subject, and for no other. Only these can be claimed, so that
-- a claim costs the same however many events wait behind them.
ALTER TABLE event ADD COLUMN front INTEGER NOT NULL DEFAULT 0;

UPDATE event SET front = 1
WHERE k IN (SELECT min(k) FROM event WHERE set_aside = 0 GROUP BY tenant, subject);

CREATE INDEX event_front ON event (k) WHERE front = 1;

CREATE TRIGGER event_added AFTER INSERT ON event
WHEN new.set_aside = 0 AND NOT EXISTS (
    SELECT 1 FROM event
    WHERE set_aside = 0 AND tenant = new.tenant AND subject = new.subject AND k < new.k
)
BEGIN
    UPDATE event SET front = 1 WHERE k = new.k;
END;

CREATE TRIGGER event_removed AFTER DELETE ON event
WHEN old.front = 1
BEGIN
    UPDATE event SET front = 1
    WHERE k = (SELECT min(k) FROM event WHERE set_aside = 0 AND tenant = old.tenant AND subject = old.subject);
END;

-- The event itself, and of those that wait the two that come first: one of them is in front now, the other may have been.
CREATE TRIGGER event_set_aside_or_requeued AFTER UPDATE OF set_aside ON event
BEGIN
    UPDATE event SET front = (
        k IS (SELECT min(k) FROM event WHERE set_aside = 0 AND tenant = new.tenant AND subject = new.subject)
    )
    WHERE k = new.k OR k IN (
        SELECT k FROM event
        WHERE set_aside = 0 AND tenant = new.tenant AND subject = new.subject ORDER BY k LIMIT 2
    );
END;
