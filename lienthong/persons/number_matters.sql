-- Number matters: what is wrong with the numbers that these entries tell, one matter each.
-- Reads: persons_entry, persons_number, persons_person, persons_oldnumber, persons_identifier, persons_numbermatter.
-- Writes: persons_numbermatter. Grain: one entry. Repeatable: what is open, was repaired or left is not opened again.
-- Refuses nothing: an entry that tells the person's own number, or none, opens nothing.
WITH told AS MATERIALIZED (
    SELECT entry.id, persons_survivor(entry.person_id) AS person_id, entry.source, entry.insurance_number AS written,
           persons_number_key(entry.insurance_number) AS key
    FROM persons_entry AS entry
    WHERE entry.id = ANY (%(entries)s) AND entry.person_id IS NOT NULL AND entry.insurance_number <> ''
),
judged AS MATERIALIZED (
    SELECT told.*, told.key ~ '^[0-9]{10}$' AS is_number, active.number AS active,
           CASE WHEN holder.person_id IS NOT NULL THEN persons_survivor(holder.person_id) END AS holder,
           rival.person_id AS rival
    FROM told
    LEFT JOIN LATERAL (
        SELECT ledger.number FROM persons_number AS ledger
        WHERE ledger.person_id = told.person_id AND ledger.status = 'active' LIMIT 1) AS active ON true
    LEFT JOIN LATERAL (
        SELECT ledger.person_id FROM persons_number AS ledger WHERE ledger.number = told.key LIMIT 1) AS holder ON true
    -- Two entries tell one number of two persons, and the ledger knows neither.
    LEFT JOIN LATERAL (
        SELECT persons_survivor(other.person_id) AS person_id FROM persons_entry AS other
        WHERE other.insurance_number = told.key AND other.insurance_number <> '' AND other.person_id IS NOT NULL
          AND holder.person_id IS NULL AND persons_survivor(other.person_id) <> told.person_id
        ORDER BY other.id LIMIT 1) AS rival ON true
    WHERE told.key <> ''
),
found AS MATERIALIZED (
    SELECT judged.id, judged.source, judged.written, judged.key, matter.*
    FROM judged
    CROSS JOIN LATERAL (
        SELECT 'claimed' AS kind, judged.holder AS person_id, judged.person_id AS other_id
        WHERE judged.is_number AND judged.holder <> judged.person_id
        UNION ALL
        SELECT 'claimed', least(judged.person_id, judged.rival), greatest(judged.person_id, judged.rival)
        WHERE judged.is_number AND judged.rival IS NOT NULL
        UNION ALL
        SELECT 'doubled', judged.person_id, NULL
        WHERE judged.is_number AND judged.holder IS NULL AND judged.rival IS NULL AND judged.active IS NOT NULL
        UNION ALL
        SELECT 'structure', judged.person_id, NULL
        WHERE NOT judged.is_number
           OR judged.holder IS NULL AND judged.rival IS NULL AND judged.active IS NULL
              AND NOT left(judged.key, 2) = ANY (%(prefixes)s)) AS matter
    -- A personal id in the place of the number is right since 01/08/2025.
    WHERE NOT EXISTS (SELECT 1 FROM persons_person AS person
                      WHERE person.id = judged.person_id AND person.personal_id = judged.key)
      AND NOT EXISTS (SELECT 1 FROM persons_identifier AS former
                      WHERE former.person_id = judged.person_id AND former.personal_id = judged.key)
),
noted AS (
    INSERT INTO persons_oldnumber (person_id, written, key, source, noted_by, noted_at)
    SELECT found.person_id, left(found.written, 40), left(found.key, 40), found.source, %(by)s, %(at)s
    FROM found WHERE found.kind <> 'claimed'
      -- What an officer withdrew as a mistake is not noted by the next look at the same words.
      AND NOT EXISTS (SELECT 1 FROM persons_oldnumber AS mistaken
                      WHERE mistaken.person_id = found.person_id AND mistaken.key = left(found.key, 40)
                        AND mistaken.source = found.source AND mistaken.status = 'withdrawn')
    ON CONFLICT DO NOTHING
)
INSERT INTO persons_numbermatter (kind, person_id, other_id, number, written, key, source, entry_id, area, other_area,
                                  found_at, found_by)
SELECT found.kind, found.person_id, found.other_id,
       CASE WHEN found.key ~ '^[0-9]{10}$' THEN found.key ELSE '' END, found.written, found.key, found.source, found.id,
       persons_area_of(found.person_id),
       CASE WHEN found.other_id IS NULL THEN 0 ELSE persons_area_of(found.other_id) END, %(at)s, %(by)s
FROM found
WHERE NOT EXISTS (
    SELECT 1 FROM persons_numbermatter AS known
    WHERE known.person_id = found.person_id AND known.kind = found.kind AND known.key = found.key
      AND known.other_id IS NOT DISTINCT FROM found.other_id AND known.closed_as <> 'gone')
ON CONFLICT DO NOTHING
RETURNING id
