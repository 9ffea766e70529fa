-- Gives back claimed calls that were not tried; the claim does not count as an attempt.
-- Reads and writes: database_outbox. Grain: one call. Refuses a fence that has passed on.
UPDATE database_outbox AS taken
SET lease_until = NULL, attempts = taken.attempts - 1
FROM unnest(%(ids)s::bigint[], %(fences)s::bigint[]) AS untried (id, fence)
WHERE taken.id = untried.id AND taken.fence = untried.fence AND taken.state = 'pending'
