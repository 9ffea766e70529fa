-- Tie entries of a database to persons of the register, as a linkage found; of doubtful links nothing is written.
-- Reads: persons_entry, persons_person through persons_survivor(). Writes: persons_entry (person_id, compared_at),
-- persons_linkedentry. Grain: a link. Repeatable: an entry that has a person keeps it. Refuses: nothing: a link to
-- another person than the entry's changes nothing and comes out as a suspected double, a doubtful one of an entry without a person
-- as `unsure`.
WITH said AS (
    SELECT * FROM unnest(%(lefts)s::bigint[], %(rights)s::bigint[], %(probabilities)s::float8[])
        AS link (entry_id, person_id, probability)
),
sides AS MATERIALIZED (
    SELECT said.probability, entry.id AS entry_id, persons_survivor(entry.person_id) AS entry_person,
           persons_survivor(said.person_id) AS person_id
    FROM said JOIN persons_entry AS entry ON entry.id = said.entry_id
),
tied AS (
    UPDATE persons_entry AS entry SET person_id = sides.person_id, compared_at = NULL
    FROM sides WHERE entry.id = sides.entry_id AND entry.person_id IS NULL AND %(certain)s
    RETURNING entry.id, sides.person_id, sides.probability
),
kept AS (
    INSERT INTO persons_linkedentry (linkage_id, entry_id, person_id, probability)
    SELECT %(linkage)s, tied.id, tied.person_id, tied.probability FROM tied
    ON CONFLICT DO NOTHING
)
SELECT 'tied', NULL::bigint, NULL::bigint, NULL::float8 FROM tied
UNION ALL
SELECT 'pair', entry_person, person_id, probability FROM sides WHERE entry_person <> person_id
UNION ALL
SELECT 'unsure', NULL, NULL, NULL FROM sides WHERE entry_person IS NULL AND NOT %(certain)s
