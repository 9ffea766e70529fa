-- Tie entries of two databases to one person, as a linkage found; of doubtful links nothing is written.
-- Reads: persons_entry, persons_person through persons_survivor(). Writes: persons_entry (person_id, compared_at),
-- persons_linkedentry. Grain: a link. Repeatable: an entry that has a person keeps it. Refuses: nothing: a link whose
-- sides have two persons changes neither and comes out as a suspected double, a sure one without
-- any person as `nobody`, a doubtful one that lacks a person on either side as `unsure`.
WITH said AS (
    SELECT * FROM unnest(%(lefts)s::bigint[], %(rights)s::bigint[], %(probabilities)s::float8[])
        AS link (left_id, right_id, probability)
),
sides AS MATERIALIZED (
    SELECT said.probability, one.id AS one_id, persons_survivor(one.person_id) AS one_person, other.id AS other_id,
           persons_survivor(other.person_id) AS other_person
    FROM said JOIN persons_entry AS one ON one.id = said.left_id JOIN persons_entry AS other ON other.id = said.right_id
),
given AS (
    SELECT one_id AS entry_id, other_person AS person_id, probability FROM sides
    WHERE one_person IS NULL AND other_person IS NOT NULL AND %(certain)s
    UNION ALL
    SELECT other_id, one_person, probability FROM sides
    WHERE other_person IS NULL AND one_person IS NOT NULL AND %(certain)s
),
tied AS (
    UPDATE persons_entry AS entry SET person_id = given.person_id, compared_at = NULL
    FROM given WHERE entry.id = given.entry_id AND entry.person_id IS NULL
    RETURNING entry.id, given.person_id, given.probability
),
kept AS (
    INSERT INTO persons_linkedentry (linkage_id, entry_id, person_id, probability)
    SELECT %(linkage)s, tied.id, tied.person_id, tied.probability FROM tied
    ON CONFLICT DO NOTHING
)
SELECT 'tied', NULL::bigint, NULL::bigint, NULL::float8 FROM tied
UNION ALL
SELECT 'pair', one_person, other_person, probability FROM sides WHERE one_person <> other_person
UNION ALL
SELECT 'nobody', NULL, NULL, NULL FROM sides WHERE one_person IS NULL AND other_person IS NULL AND %(certain)s
UNION ALL
SELECT 'unsure', NULL, NULL, NULL FROM sides
WHERE (one_person IS NULL OR other_person IS NULL) AND NOT %(certain)s
