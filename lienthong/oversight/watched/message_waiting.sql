-- Messages that no step has looked at an hour after they came, by source.
-- Reads: births_message. Grain: one source. Writes nothing. Repeatable.
SELECT source, jsonb_build_object('count', count(*), 'since', min(received_at))
FROM births_message WHERE state = 'pending' AND received_at < %(at)s - interval '1 hour'
GROUP BY source
