-- Members: whoever one stretch of a file names in a household and who lives in none joins it from the day of the import.
-- Reads: persons_importrow, persons_household, persons_member, persons_person. Writes: persons_member, persons_unplaced.
-- Grain: one membership. Repeatable: whoever lives in a household is left there; what differs is for an officer to settle.
-- Refuses: the whole stretch when an officer moved one of them meanwhile (23P01); the caller asks again.
WITH named AS MATERIALIZED (
    SELECT DISTINCT ON (row.found_id) row.found_id AS person_id, household.id AS household_id, row.relation, row.line
    FROM persons_importrow AS row
    JOIN persons_household AS household ON household.code = row.household_code AND household.closed_on IS NULL
    JOIN persons_person AS person ON person.id = row.found_id AND person.died_on IS NULL AND person.merged_into_id IS NULL
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s
      AND (row.outcome = 'new' OR (row.outcome = 'changed' AND row.changes && '{household_code,relation,person}'::text[]))
      AND (SELECT 1 FROM persons_member AS living
           WHERE living.person_id = row.found_id AND NOT living.is_void
             AND living.during && daterange(%(on)s::date, NULL) LIMIT 1) IS NULL
    ORDER BY row.found_id, row.line
),
ordered AS MATERIALIZED (
    SELECT named.*, row_number() OVER (PARTITION BY named.household_id, named.relation ORDER BY named.line) AS place FROM named
),
joined AS (
    INSERT INTO persons_member (household_id, person_id, relation, during, origin, began_by, said_by, said_at)
    SELECT household_id, person_id, relation, daterange(%(on)s::date, NULL), 'import', 'found', %(by)s, %(at)s
    FROM ordered
    WHERE relation <> '00' OR (place = 1 AND (
        SELECT 1 FROM persons_member AS head
        WHERE head.household_id = ordered.household_id AND head.relation = '00' AND NOT head.is_void
          AND head.during && daterange(%(on)s::date, NULL) LIMIT 1) IS NULL)
    RETURNING person_id
)
UPDATE persons_unplaced AS waiting SET closed_at = %(at)s
FROM joined WHERE waiting.person_id = joined.person_id AND waiting.closed_at IS NULL
