-- Late: rows without a whole birth date that stood before the row of the file that made their person, or told of him.
-- Reads: persons_importrow, persons_person, persons_number. Writes: persons_entry, persons_importrow. Grain: one row.
-- Repeatable: yes. Refuses: nothing. The rule is that of the link step.
WITH late AS MATERIALIZED (
    SELECT row.id, row.source_ref, earlier.found_id
    FROM persons_importrow AS row
    JOIN persons_importrow AS earlier ON earlier.source_id = row.source_id AND earlier.line = row.repeats_line
    JOIN persons_person AS person ON person.id = earlier.found_id
    WHERE row.source_id = %(import)s AND row.link = 'unlinked' AND row.repeats_line > row.line AND row.outcome <> 'fault'
      AND (row.personal_id <> '' AND row.personal_id = person.personal_id
           AND (row.fold_key = person.fold_key OR row.birth_date = extract(year FROM person.born_on)::integer::text)
           OR row.fold_key = person.fold_key AND row.birth_date = extract(year FROM person.born_on)::integer::text
           AND EXISTS (SELECT 1 FROM persons_number AS ledger
                       WHERE ledger.number = row.insurance_number AND ledger.person_id = person.id))
),
told AS (
    UPDATE persons_importrow AS row SET found_id = late.found_id, link = 'linked' FROM late WHERE row.id = late.id
)
UPDATE persons_entry AS entry SET person_id = late.found_id
FROM late WHERE entry.source = %(source)s AND entry.source_ref = late.source_ref AND entry.person_id IS NULL
