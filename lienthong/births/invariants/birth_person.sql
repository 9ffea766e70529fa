-- BIRTH_PERSON
-- Thông tin của trẻ khác với dữ liệu khai sinh đã áp dụng.
SELECT person.id, dossier.code
FROM births_registration AS registration
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
JOIN persons_person AS person ON person.id = dossier.person_id
WHERE (person.full_name, person.born_on, person.sex)
        IS DISTINCT FROM (birth.facts ->> 'full_name', (birth.facts ->> 'born_on')::date, birth.facts ->> 'sex')
  AND NOT EXISTS (SELECT 1 FROM dossiers_task AS task
                  WHERE task.dossier_id = dossier.id AND task.kind LIKE 'T-%')
