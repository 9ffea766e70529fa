-- BIRTH_PERSON
-- Thông tin của trẻ khác với dữ liệu khai sinh đã áp dụng.
-- Once a card is out a correction waits for an officer: the child then still bears the facts of an earlier version, as
-- long as the task is open, an officer decided about just what is registered to keep them, or the new card waits.
-- The place of a tone mark is no difference (W-TONE).
SELECT person.id, dossier.code
FROM births_registration AS registration
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
   AND birth.paper_no = registration.applied_paper_no
JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
JOIN persons_person AS person ON person.id = dossier.person_id
WHERE (registration.applied_version, registration.applied_paper_no)
      > (coalesce(registration.cancelled_version, 0), registration.cancelled_paper_no)
  AND dossier.state NOT IN ('CANCELLED', 'REJECTED')
  AND (name_tone_key(person.full_name), person.born_on, person.sex)
      IS DISTINCT FROM (birth.facts ->> 'tone_key', (birth.facts ->> 'born_on')::date, birth.facts ->> 'sex')
  AND NOT EXISTS (
      SELECT 1 FROM dossiers_task AS task
      LEFT JOIN births_decision AS decision ON decision.task_id = task.id AND decision.dropped_at IS NULL
      LEFT JOIN births_birth AS decided ON decided.id = decision.birth_id
      LEFT JOIN cards_card AS further ON further.id = decision.further_id
      JOIN births_registration AS entry
          ON entry.id = registration.id OR entry.joined_dossier_id = dossier.id
      JOIN births_birth AS earlier ON earlier.registration_id = entry.id
      WHERE task.dossier_id = dossier.id
        AND task.kind IN ('T-CORRECTION-AFTER-CARD', 'T-BIRTH-DATE-AFTER-CARD', 'T-NO-LONGER-ENTITLED',
                          'T-PERSONAL-ID-CHANGED')
        AND (task.closed_at IS NULL
             OR ((decision.kind = 'keep' OR further.status = 'requested')
                 AND (decided.facts ->> 'tone_key', decided.facts ->> 'born_on', decided.facts ->> 'sex')
                     = (birth.facts ->> 'tone_key', birth.facts ->> 'born_on', birth.facts ->> 'sex')))
        AND (name_tone_key(person.full_name), person.born_on, person.sex)
            = (earlier.facts ->> 'tone_key', (earlier.facts ->> 'born_on')::date, earlier.facts ->> 'sex'))
