-- BIRTH_PERSON
-- Thông tin của trẻ khác với dữ liệu khai sinh đã áp dụng.
-- Once a card is out a correction waits for an officer: the child then still bears the facts of an earlier version.
-- The place of a tone mark is no difference (W-TONE).
SELECT person.id, dossier.code
FROM births_registration AS registration
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
JOIN persons_person AS person ON person.id = dossier.person_id
WHERE registration.applied_version > coalesce(registration.cancelled_version, 0)
  AND dossier.state NOT IN ('CANCELLED', 'REJECTED')
  AND (name_tone_key(person.full_name), person.born_on, person.sex)
      IS DISTINCT FROM (birth.facts ->> 'tone_key', (birth.facts ->> 'born_on')::date, birth.facts ->> 'sex')
  AND NOT EXISTS (
      SELECT 1 FROM dossiers_task AS task
      JOIN births_birth AS earlier ON earlier.registration_id = registration.id
      WHERE task.dossier_id = dossier.id
        AND task.kind IN ('T-CORRECTION-AFTER-CARD', 'T-BIRTH-DATE-AFTER-CARD', 'T-NO-LONGER-ENTITLED')
        AND (name_tone_key(person.full_name), person.born_on, person.sex)
            = (earlier.facts ->> 'tone_key', (earlier.facts ->> 'born_on')::date, earlier.facts ->> 'sex'))
