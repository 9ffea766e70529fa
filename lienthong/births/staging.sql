-- Staging: the batch of one check, in this session only; emptied at each commit.
-- Reads: nothing. Writes: births_staging. Grain: one message. Repeatable: made once a session. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS births_staging (
    message_ref bigint, source text, message_id text, received_at timestamptz, urgent boolean, kind text,
    version integer, warnings text[], register_commune text, book text, number text, year smallint,
    commune_code text, registered_on date, due_on date, child_name text, child_fold_key text, child_born_on date,
    child_sex text, residence_text text, facility_code text, area_code text, facts_sha256 bytea, facts jsonb
) ON COMMIT DELETE ROWS
