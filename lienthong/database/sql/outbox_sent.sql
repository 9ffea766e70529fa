-- The other side has taken the call. Writes nothing when the lease has passed to somebody else.
-- Reads and writes: database_outbox, database_alarm. Grain: one call.
WITH done AS (
    UPDATE database_outbox AS taken
    SET state = 'sent', sent_at = %(at)s, answer = %(answer)s, lease_until = NULL
    WHERE taken.id = %(id)s AND taken.fence = %(fence)s AND taken.state = 'pending'
    RETURNING concat_ws(':', taken.kind, taken.key, taken.version) AS subject
), quietened AS (
    UPDATE database_alarm AS raised SET closed_at = clock_timestamp()
    FROM done
    WHERE raised.subject = done.subject AND raised.name LIKE 'outbox.%%' AND raised.closed_at IS NULL
)
SELECT count(*) FROM done
