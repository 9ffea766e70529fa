-- The call failed: try again later, or give up and raise an alarm. Waits are drawn from 0 to the ceiling ("full
-- jitter"), so that a thousand calls that failed together do not come back together.
-- Reads and writes: database_outbox, database_alarm. Grain: one call. Refuses a fence that has passed on.
WITH failed AS (
    UPDATE database_outbox AS taken
    SET answer = %(answer)s, lease_until = NULL,
        state = CASE WHEN taken.attempts >= %(most_attempts)s THEN 'dead' ELSE 'pending' END,
        next_at = clock_timestamp() + random() * least(
            %(longest)s, %(shortest)s * power(2, least(taken.attempts - 1, 30)))
    WHERE taken.id = %(id)s AND taken.fence = %(fence)s AND taken.state = 'pending'
    RETURNING taken.id, taken.kind, taken.key, taken.version, taken.attempts, taken.state
), raised AS (
    INSERT INTO database_alarm (name, subject, detail)
    SELECT CASE state WHEN 'dead' THEN 'outbox.dead' ELSE 'outbox.late' END,
           concat_ws(':', kind, key, version), jsonb_build_object('id', id, 'attempts', attempts)
    FROM failed WHERE state = 'dead' OR attempts >= %(late_attempts)s
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
)
SELECT state FROM failed
