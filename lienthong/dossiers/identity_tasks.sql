-- Identity tasks: a personal id that could not be believed is an officer's task; one that was settled closes it.
-- Reads: persons_identityrequest, dossiers_dossier. Writes: dossiers_task. Grain: one quarantined question.
-- Repeatable: a task stands once a question and answer class. Refuses nothing. Cards and numbers are not touched.
WITH quarantined AS (
    SELECT question.id, question.person_id, question.answer_class, dossier.id AS dossier_id, dossier.area,
           'question:' || question.id AS subject_key
    FROM persons_identityrequest AS question
    JOIN LATERAL (
        SELECT latest.id, latest.area FROM dossiers_dossier AS latest
        WHERE latest.person_id = question.person_id ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    WHERE question.state = 'quarantined'
),
opened AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT answer_class, subject_key, area, dossier_id, person_id, jsonb_build_object('question', id), %(at)s, ''
    FROM quarantined
    ON CONFLICT (kind, subject_key) DO UPDATE SET closed_at = NULL, closed_by = ''
    WHERE dossiers_task.closed_at IS NOT NULL
    RETURNING id
),
closed AS (
    UPDATE dossiers_task AS task
    SET closed_at = %(at)s, closed_by = 'system'
    WHERE task.closed_at IS NULL AND task.subject_key LIKE 'question:%%'
      AND NOT EXISTS (SELECT 1 FROM quarantined
                      WHERE quarantined.subject_key = task.subject_key AND quarantined.answer_class = task.kind)
    RETURNING id
)
SELECT id FROM opened UNION ALL SELECT id FROM closed
