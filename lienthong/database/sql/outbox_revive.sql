-- An operator sends given-up calls of a kind once more, from the first attempt.
-- Reads and writes: database_outbox, database_alarm. Grain: one call. Repeatable.
WITH revived AS (
    UPDATE database_outbox AS dead
    SET state = 'pending', attempts = 0, next_at = clock_timestamp(), lease_until = NULL
    WHERE dead.kind = %(kind)s AND dead.state = 'dead'
    RETURNING concat_ws(':', dead.kind, dead.key, dead.version) AS subject
), quietened AS (
    UPDATE database_alarm AS raised SET closed_at = clock_timestamp()
    FROM revived
    WHERE raised.subject = revived.subject AND raised.name = 'outbox.dead' AND raised.closed_at IS NULL
)
SELECT count(*) FROM revived
