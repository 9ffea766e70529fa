-- Entries: keep what one stretch of a file says, as this source's word; what the file has no column for stays.
-- Reads: persons_importrow. Writes: persons_entry. Grain: one row of the source. Repeatable: the same words change nothing.
-- Refuses: nothing. An entry that is linked stays linked.
INSERT INTO persons_entry (
    source, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, province_code,
    commune_code, household_code, relation, person_id, area, received_at, import_id)
SELECT %(source)s, row.source_ref, row.full_name, row.birth_date, row.sex, row.personal_id, row.insurance_number,
       row.mother_name, row.province_code, row.commune_code, row.household_code, row.relation, row.found_id, row.area, %(at)s,
       row.source_id
FROM persons_importrow AS row
WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s AND row.outcome IN ('new', 'changed')
ON CONFLICT (source, source_ref) DO UPDATE
SET full_name = EXCLUDED.full_name,
    birth_date = CASE WHEN 'birth_date' = ANY (%(columns)s) THEN EXCLUDED.birth_date ELSE persons_entry.birth_date END,
    sex = CASE WHEN 'sex' = ANY (%(columns)s) THEN EXCLUDED.sex ELSE persons_entry.sex END,
    personal_id = CASE WHEN 'personal_id' = ANY (%(columns)s) THEN EXCLUDED.personal_id ELSE persons_entry.personal_id END,
    insurance_number = CASE WHEN 'insurance_number' = ANY (%(columns)s) THEN EXCLUDED.insurance_number
                            ELSE persons_entry.insurance_number END,
    mother_name = CASE WHEN 'mother_name' = ANY (%(columns)s) THEN EXCLUDED.mother_name ELSE persons_entry.mother_name END,
    province_code = CASE WHEN 'province_code' = ANY (%(columns)s) THEN EXCLUDED.province_code
                         ELSE persons_entry.province_code END,
    commune_code = CASE WHEN 'commune_code' = ANY (%(columns)s) THEN EXCLUDED.commune_code
                        ELSE persons_entry.commune_code END,
    household_code = CASE WHEN 'household_code' = ANY (%(columns)s) THEN EXCLUDED.household_code
                          ELSE persons_entry.household_code END,
    relation = CASE WHEN 'relation' = ANY (%(columns)s) THEN EXCLUDED.relation ELSE persons_entry.relation END,
    area = CASE WHEN %(columns)s && '{commune_code,province_code}'::text[] THEN EXCLUDED.area ELSE persons_entry.area END,
    person_id = coalesce(persons_entry.person_id, EXCLUDED.person_id),
    received_at = EXCLUDED.received_at, import_id = EXCLUDED.import_id
