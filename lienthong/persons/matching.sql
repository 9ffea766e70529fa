-- What the register says of some persons, in the words of `likeness.Facts`.
-- Reads: persons_person, persons_number. Writes: nothing. Grain: one person. Repeatable: yes. Refuses: nothing; of
-- persons whom the asking role may not see there is no row.
SELECT person.id, person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
       coalesce((SELECT held.number FROM persons_number AS held
                 WHERE held.person_id = person.id AND held.status = 'active'), '') AS insurance_number,
       person.birth_notice_code, person.mother_name, person.mother_born, person.mother_personal_id,
       person.mother_insurance_number, person.father_name, person.father_personal_id,
       person.residence_commune_code AS commune_code, person.born_on AS commune_day
FROM persons_person AS person
WHERE person.id = ANY (%(ids)s::bigint[])
ORDER BY person.id
