-- Letters that were due a quarter of an hour ago and that no relay has taken, by kind.
-- Reads: database_outbox. Grain: one kind. Writes nothing. Repeatable. Leases and waits run on the database's clock.
SELECT kind, jsonb_build_object('count', count(*), 'since', min(next_at))
FROM database_outbox
WHERE state = 'pending' AND next_at < clock_timestamp() - interval '15 minutes'
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
GROUP BY kind
