-- Repeats: what a file says twice: a row of the same reference is left out; the same id or number, or a second head, is told.
-- First is the row with a whole birth date: it can make the person that the others are about.
-- Reads: persons_importrow. Writes: persons_importrow. Grain: one row of the file. Repeatable: yes. Refuses: nothing.
WITH known AS MATERIALIZED (
    SELECT id, line, source_ref, personal_id, insurance_number, household_code, relation, born_on IS NULL AS is_vague
    FROM persons_importrow
    WHERE source_id = %(import)s AND outcome <> 'fault'
),
again AS (
    SELECT id, first_line FROM (
        SELECT id, line, min(line) OVER (PARTITION BY source_ref) AS first_line FROM known) AS each
    WHERE line <> first_line
),
alike AS (
    SELECT id, min(first_line) AS first_line FROM (
        SELECT id, line, first_value(line) OVER (PARTITION BY personal_id ORDER BY is_vague, line) AS first_line
        FROM known WHERE personal_id <> ''
        UNION ALL
        SELECT id, line, first_value(line) OVER (PARTITION BY insurance_number ORDER BY is_vague, line)
        FROM known WHERE insurance_number <> '') AS each
    WHERE line <> first_line
    GROUP BY id
),
second_head AS (
    SELECT id FROM (
        SELECT id, line, min(line) OVER (PARTITION BY household_code) AS first_line FROM known
        WHERE relation = '00' AND household_code <> '' AND %(is_household)s) AS each
    WHERE line <> first_line
),
told AS (
    SELECT id, max(again_line) AS again_line, max(alike_line) AS alike_line, bool_or(is_head) AS is_head FROM (
        SELECT id, first_line AS again_line, NULL::integer AS alike_line, false AS is_head FROM again
        UNION ALL SELECT id, NULL, first_line, false FROM alike
        UNION ALL SELECT id, NULL, NULL, true FROM second_head) AS each
    GROUP BY id
)
UPDATE persons_importrow AS row
SET repeats_line = coalesce(told.again_line, told.alike_line),
    faults = row.faults || CASE WHEN told.again_line IS NULL THEN '{}'::text[] ELSE '{E-DUPLICATE:source_ref}' END,
    remarks = row.remarks || CASE WHEN told.is_head THEN '{W-HEAD-TWICE:relation}'::text[] ELSE '{}' END,
    outcome = CASE WHEN told.again_line IS NULL THEN row.outcome ELSE 'fault' END
FROM told WHERE told.id = row.id
