-- What the births behind some dossiers say, in the words of `persons.likeness.Facts`.
-- Reads: dossiers_dossier, births_registration, births_birth. Writes: nothing. Grain: one dossier. Repeatable: yes.
-- Refuses: nothing; of dossiers that the asking role may not see there is no row.
SELECT dossier.id, dossier.child_name AS full_name, dossier.child_born_on AS born_on, dossier.child_sex AS sex,
       coalesce(birth.facts ->> 'personal_id', '') AS personal_id, birth.facts ->> 'birth_notice_code' AS birth_notice_code,
       birth.facts ->> 'mother_name' AS mother_name, birth.facts ->> 'mother_born' AS mother_born,
       birth.facts ->> 'mother_personal_id' AS mother_personal_id,
       birth.facts ->> 'mother_insurance_number' AS mother_insurance_number,
       birth.facts ->> 'father_name' AS father_name, birth.facts ->> 'father_personal_id' AS father_personal_id,
       coalesce(nullif(birth.facts ->> 'residence_commune_code', ''), birth.facts ->> 'commune_code') AS commune_code,
       (birth.facts ->> 'registered_on')::date AS commune_day, birth.facts ->> 'household_code' AS household_code
FROM dossiers_dossier AS dossier
JOIN births_registration AS registration ON registration.dossier_id = dossier.id
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
   AND birth.paper_no = registration.applied_paper_no
WHERE dossier.id = ANY (%(ids)s::bigint[])
ORDER BY dossier.id
