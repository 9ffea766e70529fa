-- Staging: the rows of one file, in this session only; emptied at each commit.
-- Reads: nothing. Writes: persons_import_staging. Grain: one row of the file. Repeatable: made once a session. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS persons_import_staging (
    line integer NOT NULL, source_ref text NOT NULL, full_name text NOT NULL, birth_date text NOT NULL, sex text NOT NULL,
    personal_id text NOT NULL, insurance_number text NOT NULL, mother_name text NOT NULL, province_code text NOT NULL,
    commune_code text NOT NULL, household_code text NOT NULL, relation text NOT NULL, address text NOT NULL,
    born_on date, fold_key text NOT NULL, faults text[] NOT NULL, remarks text[] NOT NULL
) ON COMMIT DELETE ROWS
