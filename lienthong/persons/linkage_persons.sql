-- The persons of the register as the CSV of contracts §8, for a linkage. Reads: persons_person, _number, _member,
-- persons_household. Writes: nothing. Grain: a person, merged ones left out. Repeatable: yes. Refuses: nothing.
SELECT person.id, person.full_name, to_char(person.born_on, 'YYYY-MM-DD') AS birth_date, person.sex,
       coalesce(person.personal_id, '') AS personal_id, coalesce(held.number, '') AS insurance_number,
       person.mother_name, '' AS province_code, person.residence_commune_code AS commune_code,
       coalesce(home.code, '') AS household_code
FROM persons_person AS person
LEFT JOIN LATERAL (
    SELECT ledger.number FROM persons_number AS ledger
    WHERE ledger.person_id = person.id AND ledger.status = 'active' LIMIT 1) AS held ON true
LEFT JOIN LATERAL (
    SELECT household.code FROM persons_member AS living JOIN persons_household AS household
        ON household.id = living.household_id
    WHERE living.person_id = person.id AND NOT living.is_void AND living.during @> %(on)s::date LIMIT 1) AS home ON true
WHERE person.merged_into_id IS NULL
ORDER BY person.id
