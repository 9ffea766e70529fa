-- The figures of `/metrics` that stand in the database: what waits where, since when, and how large it all is.
-- Reads: dossiers_dossier, dossiers_closedcount, births_message, database_outbox, database_alarm, audit_entry,
-- audit_checkpoint, persons_identitylane, persons_number_serial. Grain: one figure. Writes nothing. Repeatable.
-- Labels are states, kinds and names of ours: a few dozen in all, never a person, a code or an address.
SELECT 'dossiers_open', state, count(*)::float8 FROM dossiers_dossier
WHERE state IN ('RECEIVED', 'CREATE_FAILED', 'MANUAL_REVIEW', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN',
                'APPROVAL_REQUESTED', 'APPROVED', 'PRINTED')
GROUP BY state
UNION ALL
SELECT 'dossiers_oldest_seconds', state, extract(epoch FROM %(at)s - min(changed_at)) FROM dossiers_dossier
WHERE state IN ('RECEIVED', 'CREATE_FAILED', 'MANUAL_REVIEW', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN',
                'APPROVAL_REQUESTED', 'APPROVED', 'PRINTED')
GROUP BY state
UNION ALL
SELECT 'dossiers_closed', state, sum(count)::float8 FROM dossiers_closedcount GROUP BY state
UNION ALL
SELECT 'messages_waiting', state, count(*)::float8 FROM births_message WHERE state = 'pending' GROUP BY state
UNION ALL
SELECT 'messages_waiting', state, count(*)::float8 FROM births_message WHERE state = 'held' GROUP BY state
UNION ALL
SELECT 'messages_oldest_seconds', state, extract(epoch FROM %(at)s - min(received_at))
FROM births_message WHERE state = 'pending' GROUP BY state
UNION ALL
SELECT 'outbox_pending', kind, count(*)::float8 FROM database_outbox WHERE state = 'pending' GROUP BY kind
UNION ALL
SELECT 'outbox_oldest_seconds', kind, extract(epoch FROM clock_timestamp() - min(created_at))
FROM database_outbox WHERE state = 'pending' GROUP BY kind
UNION ALL
SELECT 'alarms_open', name, count(*)::float8 FROM database_alarm WHERE closed_at IS NULL GROUP BY name
UNION ALL
SELECT 'audit_unsealed', '', count(*)::float8 FROM audit_entry AS entry
WHERE entry.xact >= coalesce((SELECT horizon FROM audit_checkpoint ORDER BY size DESC LIMIT 1), 0)
  AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
UNION ALL
SELECT 'audit_entries_sealed', '', coalesce(max(size), 0)::float8 FROM audit_checkpoint
UNION ALL
SELECT 'audit_seal_age_seconds', '', extract(epoch FROM clock_timestamp() - max(at)) FROM audit_checkpoint
HAVING max(at) IS NOT NULL
UNION ALL
SELECT 'population_lane_open', '', (NOT is_trusted)::int::float8 FROM persons_identitylane
UNION ALL
SELECT 'numbers_left', '', (seqmax - coalesce(pg_sequence_last_value(seqrelid), seqstart))::float8
FROM pg_sequence WHERE seqrelid = 'persons_number_serial'::regclass
UNION ALL
SELECT 'database_bytes', '', pg_database_size(current_database())::float8
