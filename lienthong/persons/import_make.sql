-- Make: the persons of one stretch of a file whom nobody knows yet, and the free numbers that they hold.
-- Reads: persons_importrow. Writes: persons_importrow, persons_person, persons_number. Grain: one person.
-- Repeatable: a row that has its person is left alone. Refuses: the whole stretch when somebody made the same personal
-- id meanwhile (23505); the caller asks again. A key that another person holds stays with him.
WITH fresh AS (
    UPDATE persons_importrow AS row
    SET found_id = nextval(pg_get_serial_sequence('persons_person', 'id'))
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s
      AND row.outcome IN ('new', 'changed') AND row.link IN ('made', 'asked') AND row.found_id IS NULL
      AND (row.repeats_line IS NOT NULL AND row.repeats_line > %(after)s) = %(only_repeats)s
    RETURNING row.*
),
made AS (
    INSERT INTO persons_person (
        id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status, birth_notice_code,
        mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    SELECT found_id, full_name, name_tone_key(full_name), fold_key, born_on, coalesce(nullif(sex, ''), 'undetermined'), 'VN',
           CASE WHEN personal_id ~ '^[0-9]{12}$' AND personal_id <> ALL (%(test_ids)s::text[])
                     AND 'W-ID-HELD:personal_id' <> ALL (remarks) THEN personal_id END,
           '', '', mother_name, '', '', '', '', '', '', '', commune_code, address, 'empty'::daterange, %(at)s
    FROM fresh
)
INSERT INTO persons_number (number, person_id, status, origin, taken_at)
-- Not joined to those that were made: one list against another, without a hash, would be a square.
SELECT fresh.insurance_number, fresh.found_id, 'active', 'import', %(at)s
FROM fresh
WHERE fresh.insurance_number ~ '^[0-9]{10}$'
  AND NOT fresh.remarks && '{W-NUMBER-HELD:insurance_number,W-NUMBER-AHEAD:insurance_number}'::text[]
ON CONFLICT (number) DO NOTHING
