-- Reconcile, ask: what is long missing is asked for once more, by a letter to the ministry.
-- Reads: oversight_standing. Writes: oversight_resend, database_outbox, oversight_standing. Grain: one missing message.
-- Repeatable: a message asked for already is due no more. Refuses nothing.
WITH due AS (
    UPDATE oversight_standing SET sent_reason = 'RESEND_ASKED', sent_code = 'NOT_HERE'
    WHERE sent_reason = 'RESEND_DUE'
    RETURNING source, message_id, area
),
asked AS (
    INSERT INTO oversight_resend (source, message_id, area, asked_count, asked_at, asked_by)
    SELECT source, message_id, area, 1, %(at)s, %(by)s FROM due ORDER BY source, message_id
    ON CONFLICT (source, message_id) DO NOTHING
    RETURNING source, message_id, asked_count
)
INSERT INTO database_outbox (kind, key, version, payload)
SELECT 'justice.resend', source || ' ' || message_id, asked_count,
       jsonb_build_object('source', source, 'message_id', message_id)
FROM asked
ON CONFLICT (kind, key, version) DO NOTHING
