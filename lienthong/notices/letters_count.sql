-- How far each kind of letters is, within the reader's reach: all that is owed, and what was sent in the last day.
-- Reads: database_outbox, notices_notice (by row-level security). Writes: nothing. Grain: one kind of letters.
-- Repeatable. Refuses: nothing.
WITH lately AS (
    SELECT id, kind, version, state, attempts, created_at FROM database_outbox WHERE state <> 'sent'
    UNION ALL
    SELECT id, kind, version, state, attempts, created_at FROM database_outbox
    WHERE state = 'sent' AND sent_at > statement_timestamp() - interval '1 day'
)
SELECT letter.kind,
       count(*) FILTER (WHERE letter.state = 'pending') AS pending,
       count(*) FILTER (WHERE letter.state = 'pending' AND letter.attempts > 0) AS retried,
       count(*) FILTER (WHERE letter.state = 'dead') AS dead,
       count(*) FILTER (WHERE letter.state = 'sent') AS sent,
       min(letter.created_at) FILTER (WHERE letter.state <> 'sent') AS oldest_at
FROM lately AS letter
WHERE %(all)s OR EXISTS (
    SELECT 1 FROM notices_notice AS notice
    WHERE letter.kind = 'notice.' || notice.channel AND notice.id = letter.version)
GROUP BY letter.kind ORDER BY letter.kind
