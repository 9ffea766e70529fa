-- Homes: make the households that one stretch of a file names and nobody knows; set the address that it gives for others.
-- Reads: persons_importrow, persons_household. Writes: persons_household. Grain: one household.
-- Repeatable: a household that is there is not made again. Refuses: nothing.
WITH named AS MATERIALIZED (
    SELECT DISTINCT ON (row.household_code) row.household_code, row.commune_code, row.area, row.address, row.outcome,
           row.changes
    FROM persons_importrow AS row
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s AND row.outcome IN ('new', 'changed')
    ORDER BY row.household_code, row.relation <> '00', row.address = '', row.line
),
moved AS (
    UPDATE persons_household AS household SET address = named.address
    FROM named
    WHERE household.code = named.household_code AND 'address' = ANY (named.changes) AND household.address <> named.address
)
INSERT INTO persons_household (code, commune_code, commune_on, area, address, origin, made_by, made_at)
SELECT named.household_code, named.commune_code, %(on)s, named.area, named.address, 'import', %(by)s, %(at)s
FROM named
ON CONFLICT (code) DO NOTHING
