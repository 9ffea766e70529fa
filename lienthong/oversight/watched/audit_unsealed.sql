-- Entries of the log that are not sealed after a minute (INV-35).
-- Reads: audit_entry, audit_leaf, audit_checkpoint. Grain: one row or none. Writes nothing. Repeatable.
-- The log's instants are the database's. Entries below the last seal's horizon are sealed: what is read is the tail.
SELECT 'audit_entry', jsonb_build_object('count', count(*), 'first', min(entry.id))
FROM audit_entry AS entry
WHERE entry.xact >= coalesce((SELECT horizon FROM audit_checkpoint ORDER BY size DESC LIMIT 1), 0)
  AND entry.at < clock_timestamp() - interval '1 minute'
  AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
HAVING count(*) > 0
