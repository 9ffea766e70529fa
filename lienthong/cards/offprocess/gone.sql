-- Gone: findings whose cause is no longer there keep their delay and the instant at which that was seen.
-- Reads and writes: cards_finding.
-- Grain: one finding without an end, of one rule, among the subjects just looked at. Repeatable: an end is written once.
-- Refuses: a confirmed finding stays as it was confirmed.
UPDATE cards_finding SET ended_at = %(at)s, delay_minutes = cards_worked_minutes(due_at, %(at)s)
WHERE rule = %(rule)s AND ended_at IS NULL AND state <> 'confirmed'
  AND (%(everything)s OR subject_id = ANY (%(ids)s::bigint[]))
  AND subject_id <> ALL (%(found)s::bigint[])
RETURNING id
