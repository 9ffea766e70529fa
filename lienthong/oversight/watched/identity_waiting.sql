-- Questions for personal ids that should have been asked three days ago: the lane, or what looks after it, stands still.
-- Reads: persons_identityrequest. Grain: one row or none. Writes nothing. Repeatable.
SELECT 'population', jsonb_build_object('count', count(*), 'since', min(next_at))
FROM persons_identityrequest WHERE closed_at IS NULL AND state = 'waiting' AND next_at < %(at)s - interval '3 days'
HAVING count(*) > 0
