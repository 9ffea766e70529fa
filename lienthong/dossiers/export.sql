-- Export: a received dossier leaves TNHS for collection (TST).
-- Reads and writes: dossiers_dossier; events by trigger. Grain: one dossier. Repeatable. Refuses nothing.
WITH claimed AS (
    SELECT id FROM dossiers_dossier
    WHERE state = 'SENT_TNHS'
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE dossiers_dossier AS dossier
SET state = 'EXPORTED_TNHS', reason = '', changed_at = %(at)s
FROM claimed
WHERE dossier.id = claimed.id
RETURNING dossier.state
