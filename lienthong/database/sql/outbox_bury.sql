-- Gives up rows that were claimed to the last attempt and never answered (their relay died each time).
-- Reads and writes: database_outbox, database_alarm. Grain: one call. Repeatable: nothing is buried twice.
WITH buried AS (
    UPDATE database_outbox AS lost
    SET state = 'dead', lease_until = NULL, answer = 'no answer within the lease'
    WHERE lost.kind = %(kind)s AND lost.state = 'pending' AND lost.attempts >= %(most_attempts)s
      AND lost.lease_until < statement_timestamp()
    RETURNING lost.id, lost.kind, lost.key, lost.version, lost.attempts
)
INSERT INTO database_alarm (name, subject, detail)
SELECT 'outbox.dead', concat_ws(':', kind, key, version), jsonb_build_object('id', id, 'attempts', attempts)
FROM buried
ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
