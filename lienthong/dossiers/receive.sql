-- Receive: a created dossier passes reception (TNHS).
-- Reads and writes: dossiers_dossier; events by trigger. Grain: one dossier. Repeatable. Refuses nothing.
WITH claimed AS (
    SELECT id FROM dossiers_dossier
    WHERE state = 'CREATED'
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE dossiers_dossier AS dossier
SET state = 'SENT_TNHS', reason = '', changed_at = %(at)s
FROM claimed
WHERE dossier.id = claimed.id
RETURNING dossier.state
