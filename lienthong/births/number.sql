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
unnumbered AS (
    SELECT DISTINCT claimed.person_id FROM claimed
    WHERE NOT EXISTS (SELECT 1 FROM persons_number AS held
                      WHERE held.person_id = claimed.person_id AND held.status = 'active')
),
allotted AS (
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    SELECT lpad(nextval('persons_number_serial')::text, 10, '0'), person_id, 'active', 'allotted', %(at)s
    FROM unnumbered
    RETURNING number, person_id
),
numbered AS (
    SELECT number, person_id FROM allotted
    UNION ALL
    SELECT held.number, held.person_id
    FROM persons_number AS held
    JOIN claimed USING (person_id)
    WHERE held.status = 'active'
)
UPDATE dossiers_dossier AS dossier
SET insurance_number = numbered.number, reason = '', changed_at = %(at)s
FROM claimed JOIN numbered USING (person_id)
WHERE dossier.id = claimed.id
RETURNING dossier.state
