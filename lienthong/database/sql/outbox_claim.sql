-- Takes due calls under a lease, oldest first; one version of one key at a time, in the order of versions.
-- Reads and writes: database_outbox. Grain: one call. Repeatable: a leased row is skipped until its lease ends.
-- The fence grows with each claim, so a relay that comes back late can no longer speak for the row.
WITH due AS (
    SELECT waiting.id
    FROM database_outbox AS waiting
    WHERE waiting.kind = %(kind)s AND waiting.state = 'pending'
      AND waiting.next_at <= statement_timestamp()
      AND (waiting.lease_until IS NULL OR waiting.lease_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT 1 FROM database_outbox AS earlier
          WHERE earlier.kind = waiting.kind AND earlier.key = waiting.key
            AND earlier.version < waiting.version AND earlier.state = 'pending')
    ORDER BY waiting.next_at, waiting.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE database_outbox AS taken
    SET attempts = taken.attempts + 1, fence = taken.fence + 1,
        lease_until = clock_timestamp() + %(lease)s
    FROM due
    WHERE taken.id = due.id
    RETURNING taken.id, taken.fence, taken.attempts, taken.kind, taken.key, taken.version, taken.payload, taken.trace
)
SELECT id, fence, attempts, kind, key, version, payload, trace FROM claimed ORDER BY id
