-- Insurance numbers that are about to run out, or children who got none because they have.
-- Reads: persons_number_serial, dossiers_dossier. Grain: one row or none. Writes nothing. Repeatable.
SELECT 'persons_number', jsonb_build_object('left', left_over.count, 'waiting', parked.count)
FROM (SELECT seqmax - coalesce(pg_sequence_last_value(seqrelid), seqstart) AS count FROM pg_sequence
      WHERE seqrelid = 'persons_number_serial'::regclass) AS left_over,
     (SELECT count(*) FROM dossiers_dossier WHERE state = 'EXPORTED_TNHS' AND reason = 'NUMBER_EXHAUSTED') AS parked
WHERE left_over.count < 1000000 OR parked.count > 0
