-- Identity tasks: a personal id that could not be believed, or that did not come for want of somebody's act, is an
-- officer's task; one that came, or whose cause changed, closes it.
-- Reads: persons_identityrequest, dossiers_dossier. Writes: dossiers_task. Grain: one open question.
-- Repeatable: a task stands once a question and answer class. Refuses nothing. Cards and numbers are not touched.
-- Silence (PID_NO_ANSWER) is nobody's task: the lane asks again by itself.
WITH standing AS (
    SELECT question.id, question.person_id, question.answer_class, 'question:' || question.id AS subject_key
    FROM persons_identityrequest AS question
    WHERE question.state IN ('waiting', 'quarantined', 'kept')
      AND (question.state = 'quarantined'
           OR (question.state = 'waiting' AND question.answer_class = ANY (%(at_once)s))
           OR (question.state = 'waiting' AND question.answer_class = ANY (%(after_a_while)s)
               AND question.made_at <= %(patient_until)s))
),
known AS (
    SELECT id, kind, subject_key FROM dossiers_task WHERE closed_at IS NULL AND subject_key LIKE 'question:%%'
),
opened AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT fresh.answer_class, fresh.subject_key, dossier.area, dossier.id, fresh.person_id,
           jsonb_build_object('question', fresh.id), %(at)s, ''
    FROM (SELECT standing.* FROM standing
          LEFT JOIN known ON known.subject_key = standing.subject_key AND known.kind = standing.answer_class
          WHERE known.id IS NULL) AS fresh
    JOIN LATERAL (
        SELECT latest.id, latest.area FROM dossiers_dossier AS latest
        WHERE latest.person_id = fresh.person_id ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    ON CONFLICT (kind, subject_key) DO UPDATE SET closed_at = NULL, closed_by = '', area = excluded.area,
        opened_at = excluded.opened_at
    -- What an officer has looked at and closed stays closed.
    WHERE dossiers_task.closed_at IS NOT NULL AND dossiers_task.closed_by = 'system'
    RETURNING id
),
over AS (
    SELECT known.id FROM known
    LEFT JOIN standing ON standing.subject_key = known.subject_key AND standing.answer_class = known.kind
    WHERE standing.id IS NULL
    UNION ALL
    -- An id that another child had was left off when the birth came; since then the right one has come.
    SELECT task.id FROM dossiers_task AS task
    JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    JOIN persons_person AS person ON person.id = dossier.person_id
    WHERE task.closed_at IS NULL AND task.kind = 'E-PID-TAKEN' AND task.subject_key LIKE 'dossier:%%'
      AND person.personal_id IS NOT NULL
),
closed AS (
    UPDATE dossiers_task AS task
    SET closed_at = %(at)s, closed_by = 'system'
    FROM over WHERE task.id = over.id
    RETURNING task.id
)
SELECT id FROM opened UNION ALL SELECT id FROM closed
