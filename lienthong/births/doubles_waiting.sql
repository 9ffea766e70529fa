-- What waits at the review desk: pairs of persons, and dossiers whose child may be known; the oldest first.
-- Reads: persons_pair, persons_merge, dossiers_task, dossiers_dossier, births_duplicate. Writes: nothing.
-- Grain: one question. Repeatable. Refuses: nothing; row-level security shows one's own alone.
WITH waiting AS (
    SELECT 'pair' AS subject, pair.id, pair.origin, pair.probability, pair.reason, pair.opened_at AS since,
           CASE WHEN pair.state = 'later' AND pair.later_until > %(on)s THEN pair.later_until END AS later_until,
           merger.id AS merge_id, coalesce(merger.asked_by, '') AS asked_by, coalesce(merger.asked_person, 0) AS asked_person,
           '' AS dossier_code
    FROM persons_pair AS pair
    LEFT JOIN persons_merge AS merger
        ON merger.pair_id = pair.id AND merger.confirmed_at IS NULL AND merger.dropped_at IS NULL
    WHERE pair.state IN ('open', 'later')
      -- Two records of one person are no question any more.
      AND EXISTS (SELECT 1 FROM persons_pair_of(pair.low_id, pair.high_id))
    UNION ALL
    SELECT 'task', task.id, 'intake', (task.detail ->> 'probability')::float8, coalesce(task.detail ->> 'rule', ''),
           task.opened_at, put_off.until, NULL, '', 0, dossier.code
    FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    LEFT JOIN LATERAL (
        SELECT max(said.later_until) AS until FROM births_duplicate AS said
        WHERE said.task_id = task.id AND said.kind = 'later' AND said.later_until > %(on)s) AS put_off ON true
    WHERE task.kind = 'E-DUP-PERSON' AND task.closed_at IS NULL AND dossier.state = 'MANUAL_REVIEW'
)
SELECT * FROM waiting
WHERE (%(origin)s = '' OR origin = %(origin)s)
  AND CASE %(stands)s WHEN 'proposed' THEN merge_id IS NOT NULL
                      WHEN 'later' THEN later_until IS NOT NULL AND merge_id IS NULL
                      ELSE later_until IS NULL AND merge_id IS NULL END
  AND (since, subject, id) > (%(after_at)s, %(after_subject)s, %(after_id)s)
ORDER BY since, subject, id
LIMIT %(limit)s
