-- Number: give each matched child its insurance number, or the one it already has.
-- Reads: dossiers_dossier (EXPORTED_TNHS with a person, no number), persons_number.
-- Writes: persons_number, dossiers_dossier. Grain: one dossier. Repeatable: a numbered dossier has left the set.
-- Refuses: the whole batch when the sequence has run out (SQLSTATE 2200H); the caller parks it.
WITH claimed AS (
    SELECT id, person_id FROM dossiers_dossier
    WHERE state = 'EXPORTED_TNHS' AND person_id IS NOT NULL AND insurance_number IS NULL
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
-- Of two dossiers of one person the second finds the first one's number next time.
first_dossiers AS (
    SELECT DISTINCT ON (person_id) id, person_id FROM claimed ORDER BY person_id, id
),
-- One pass, no join of one list with another: the planner cannot know how long either is.
numbered AS MATERIALIZED (
    SELECT first_dossiers.id, first_dossiers.person_id, held.number IS NULL AS is_new,
           coalesce(held.number, persons_next_number()) AS number
    FROM first_dossiers
    LEFT JOIN LATERAL (
        SELECT active.number FROM persons_number AS active
        WHERE active.person_id = first_dossiers.person_id AND active.status = 'active' LIMIT 1) AS held ON true
),
allotted AS (
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    SELECT number, person_id, 'active', 'allotted', %(at)s
    FROM numbered
    WHERE is_new
)
UPDATE dossiers_dossier AS dossier
SET insurance_number = numbered.number, reason = '', changed_at = %(at)s
FROM numbered
WHERE dossier.id = numbered.id
RETURNING dossier.id
