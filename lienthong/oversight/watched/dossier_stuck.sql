-- Dossiers that stand for an hour in a state that the system itself leaves, by state.
-- Reads: dossiers_dossier. Grain: one state. Writes nothing. Repeatable.
SELECT state, jsonb_build_object('count', count(*), 'since', min(changed_at))
FROM dossiers_dossier
WHERE state IN ('RECEIVED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN')
  AND reason <> 'NUMBER_EXHAUSTED' AND changed_at < %(at)s - interval '1 hour'
GROUP BY state
