-- The persons for whom a province's units answer, as the CSV of contracts §8, for its own linkage.
-- Reads: persons_person, _number, _member, _household, _entry, dossiers_dossier, catalogues_unit. Writes: nothing.
-- Grain: a person, merged ones left out. Repeatable: yes. Refuses: nothing: whoever another province answers for is left out,
-- though a register of this one speaks of him.
WITH areas AS MATERIALIZED (
    SELECT array_agg(told.area) AS ids FROM (
        SELECT -(%(province)s::integer) AS area
        UNION ALL SELECT unit.id FROM catalogues_unit AS unit WHERE unit.province_code = %(province)s) AS told
),
-- Who is in reach by any of the three ways; which of them decides is asked of these alone.
near AS MATERIALIZED (
    SELECT dossier.person_id AS id FROM dossiers_dossier AS dossier
    WHERE dossier.area = ANY ((SELECT areas.ids FROM areas)::integer[]) AND dossier.person_id IS NOT NULL
    UNION
    SELECT living.person_id FROM persons_household AS home JOIN persons_member AS living ON living.household_id = home.id
    WHERE home.area = ANY ((SELECT areas.ids FROM areas)::integer[]) AND NOT living.is_void
    UNION
    SELECT entry.person_id FROM persons_entry AS entry
    WHERE entry.area = ANY ((SELECT areas.ids FROM areas)::integer[]) AND entry.person_id IS NOT NULL
)
SELECT person.id, person.full_name, to_char(person.born_on, 'YYYY-MM-DD') AS birth_date, person.sex,
       coalesce(person.personal_id, '') AS personal_id, coalesce(held.number, '') AS insurance_number,
       person.mother_name, '' AS province_code, person.residence_commune_code AS commune_code,
       coalesce(home.code, '') AS household_code
FROM near JOIN persons_person AS person ON person.id = near.id
LEFT JOIN LATERAL (
    SELECT ledger.number FROM persons_number AS ledger
    WHERE ledger.person_id = person.id AND ledger.status = 'active' LIMIT 1) AS held ON true
LEFT JOIN LATERAL (
    SELECT household.code FROM persons_member AS living JOIN persons_household AS household
        ON household.id = living.household_id
    WHERE living.person_id = person.id AND NOT living.is_void AND living.during @> %(on)s::date LIMIT 1) AS home ON true
WHERE person.merged_into_id IS NULL
  AND persons_area_of(person.id) = ANY ((SELECT areas.ids FROM areas)::integer[])
ORDER BY person.id
