-- Rows: take the rows of a file over from the staging table; row-level security lets no file be copied straight in.
-- Reads: persons_import_staging. Writes: persons_importrow. Grain: one row of the file. Repeatable: no; the staging table is
-- filled once a file. Refuses: nothing.
INSERT INTO persons_importrow (
    source_id, line, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, province_code,
    commune_code, household_code, relation, address, born_on, fold_key, faults, remarks, outcome)
SELECT %(import)s, line, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, province_code,
       commune_code, household_code, relation, address, born_on, fold_key, faults, remarks,
       CASE WHEN faults = '{}' THEN '' ELSE 'fault' END
FROM persons_import_staging
