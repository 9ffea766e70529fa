-- Entries out: what one source says, in the columns of an import, a page of rows by key.
-- Reads: persons_entry, persons_household. Writes: nothing. Grain: one row of the source. Repeatable: yes.
-- Refuses: nothing; row-level security leaves out what is not the asker's.
SELECT entry.id, entry.person_id, entry.source_ref, entry.full_name, entry.birth_date, entry.sex, entry.personal_id,
       entry.insurance_number, entry.mother_name, entry.province_code, entry.commune_code, entry.household_code,
       entry.relation, coalesce(home.address, '') AS address
FROM persons_entry AS entry
LEFT JOIN persons_household AS home ON %(source)s = 'household' AND home.code = entry.household_code
WHERE entry.id > %(after)s AND entry.source = %(source)s
  AND (%(commune_code)s = '' OR entry.commune_code = %(commune_code)s)
ORDER BY entry.id LIMIT %(limit)s
