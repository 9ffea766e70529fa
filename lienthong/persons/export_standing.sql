-- Standing out: whoever belongs to a register here and of whom its source never spoke, as newborns, a page of rows by key.
-- Reads: persons_standing, persons_entry. Writes: nothing. Grain: one person. Repeatable: yes.
-- Refuses: nothing; row-level security leaves out what is not the asker's.
SELECT standing.person_id AS id, standing.person_id, standing.source_ref, standing.full_name, standing.birth_date,
       standing.sex, standing.personal_id, standing.insurance_number, standing.mother_name, standing.province_code,
       standing.commune_code, standing.household_code, standing.relation,
       CASE WHEN %(source)s = 'household' THEN standing.address ELSE '' END AS address
FROM persons_standing AS standing
WHERE standing.person_id > %(after)s
  AND CASE WHEN %(source)s = 'household' THEN standing.household_id IS NOT NULL ELSE standing.insurance_number <> '' END
  AND (%(commune_code)s = '' OR standing.commune_code = %(commune_code)s)
  AND NOT EXISTS (SELECT 1 FROM persons_entry AS entry
                  WHERE entry.person_id = standing.person_id AND entry.source = %(source)s)
ORDER BY standing.person_id LIMIT %(limit)s
