-- What was decided at the review desk: mergers, pairs found different, dossiers told the same or another; newest first.
-- Reads: persons_merge, persons_pair, births_duplicate, dossiers_dossier. Writes: nothing.
-- Grain: one decision. Repeatable. Refuses: nothing; row-level security shows one's own alone.
WITH decided AS (
    SELECT 'merge' AS subject, merger.id, merger.id AS question_id, 'same' AS kind,
           coalesce(merger.confirmed_at, merger.dropped_at) AS at,
           CASE WHEN merger.confirmed_at IS NULL THEN merger.dropped_by ELSE merger.confirmed_by END AS by,
           CASE WHEN merger.confirmed_at IS NULL THEN merger.dropped_note ELSE merger.note END AS note,
           merger.confirmed_at IS NULL AS is_dropped, merger.undone_at, merger.undone_by, merger.undone_note,
           '' AS dossier_code
    FROM persons_merge AS merger WHERE merger.confirmed_at IS NOT NULL OR merger.dropped_at IS NOT NULL
    UNION ALL
    SELECT 'pair', pair.id, pair.id, 'different', pair.decided_at, pair.decided_by, pair.note, false, NULL, '', '', ''
    FROM persons_pair AS pair WHERE pair.state = 'different'
    UNION ALL
    SELECT 'duplicate', said.id, said.task_id, said.kind, said.decided_at, said.decided_by, said.note, false,
           said.undone_at, said.undone_by, said.undone_note, dossier.code
    FROM births_duplicate AS said JOIN dossiers_dossier AS dossier ON dossier.id = said.dossier_id
    WHERE said.kind <> 'later'
)
SELECT * FROM decided
WHERE (at, subject, id) < (%(before_at)s, %(before_subject)s, %(before_id)s)
ORDER BY at DESC, subject DESC, id DESC
LIMIT %(limit)s
