-- One database's entries as the CSV of contracts §8, for a linkage. Reads: persons_entry, catalogues_unit. Writes: nothing.
-- Grain: an entry of one source, of a province or of all. Repeatable: yes. Refuses: nothing: what has not the form of its
-- column is left empty, for a register with one wrong value is none.
SELECT entry.id, regexp_replace(entry.full_name, '[[:cntrl:]]+', ' ', 'g') AS full_name,
       CASE WHEN entry.birth_date ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
                 AND pg_input_is_valid(entry.birth_date, 'date') THEN entry.birth_date
            WHEN entry.birth_date ~ '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$'
                 AND pg_input_is_valid(turned.day, 'date') THEN turned.day
            ELSE '' END AS birth_date,
       CASE WHEN entry.sex IN ('male', 'female', 'undetermined') THEN entry.sex ELSE '' END AS sex,
       CASE WHEN entry.personal_id ~ '^[0-9]{12}$' THEN entry.personal_id ELSE '' END AS personal_id,
       CASE WHEN entry.insurance_number ~ '^[0-9]{10}$' THEN entry.insurance_number ELSE '' END AS insurance_number,
       regexp_replace(entry.mother_name, '[[:cntrl:]]+', ' ', 'g') AS mother_name,
       CASE WHEN entry.province_code ~ '^[0-9]{2}$' THEN entry.province_code ELSE '' END AS province_code,
       CASE WHEN entry.commune_code ~ '^[0-9]{5}$' THEN entry.commune_code ELSE '' END AS commune_code,
       regexp_replace(entry.household_code, '[[:cntrl:]]+', ' ', 'g') AS household_code
FROM persons_entry AS entry
CROSS JOIN LATERAL (
    SELECT split_part(entry.birth_date, '/', 3) || '-' || lpad(split_part(entry.birth_date, '/', 2), 2, '0') || '-'
           || lpad(split_part(entry.birth_date, '/', 1), 2, '0') AS day) AS turned
WHERE entry.source = %(source)s
  AND (%(province)s = '' OR entry.area = -(nullif(%(province)s, '')::integer)
       OR entry.area IN (SELECT unit.id FROM catalogues_unit AS unit WHERE unit.province_code = %(province)s))
ORDER BY entry.id
