-- Record: every dossier of one child that the asking officer may see, with the register entry and the person behind it.
-- Reads: dossiers_dossier, births_registration, persons_person, catalogues_unit, catalogues_division. Writes: nothing.
-- Grain: one dossier, oldest first; found by the code of any of them, or by the person. Row-level security decides.
WITH asked AS (
    SELECT id, person_id FROM dossiers_dossier WHERE code = %(code)s
    UNION ALL
    SELECT id, person_id FROM dossiers_dossier
    WHERE person_id = ANY (persons_family(persons_survivor(%(person)s::bigint)))
),
-- One person, however many records of his were merged.
records AS (
    SELECT DISTINCT unnest(persons_family(persons_survivor(asked.person_id))) AS person_id
    FROM asked WHERE asked.person_id IS NOT NULL
),
family AS (
    SELECT id FROM asked
    UNION
    SELECT sibling.id FROM records JOIN dossiers_dossier AS sibling ON sibling.person_id = records.person_id
)
SELECT dossier.id, dossier.code, dossier.kind, dossier.channel, dossier.paper_reason, dossier.message_id, dossier.state, dossier.reason,
       dossier.received_at, dossier.due_on, dossier.closed_on, dossier.child_name, dossier.child_born_on,
       dossier.child_sex, dossier.residence_text, dossier.unit_rule, dossier.commune_code AS written_commune_code,
       coalesce(nullif(dossier.resolved_commune_code, ''), dossier.commune_code) AS commune_code,
       coalesce(commune.name, '') AS commune_name, coalesce(province.name, '') AS province_name,
       coalesce(unit.code, '') AS unit_code, coalesce(unit.name, '') AS unit_name,
       registration.id AS registration_id, registration.commune_code AS office, registration.book,
       registration.number, registration.year, registration.applied_version,
       coalesce(registration.applied_paper_no, 0) AS applied_paper_no, registration.cancelled_version,
       coalesce(registration.cancelled_paper_no, 0) AS cancelled_paper_no,
       dossier.person_id, person.made_at AS person_made_at, person.personal_id, person.personal_id_status,
       lower(person.entitled) AS entitled_from, upper(person.entitled) AS entitled_end, person.guardian_name,
       person.mother_name, person.father_name, person.merged_into_id
FROM family
JOIN dossiers_dossier AS dossier ON dossier.id = family.id
LEFT JOIN births_registration AS registration ON registration.dossier_id = dossier.id
LEFT JOIN persons_person AS person ON person.id = dossier.person_id
LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = dossier.resolved_commune_code AND division.level = 'commune'
      AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = dossier.province_code AND division.level = 'province'
      AND division.valid @> %(on)s::date LIMIT 1) AS province ON true
ORDER BY dossier.id
