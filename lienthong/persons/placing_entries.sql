-- Placing of entries: what a database said of a commune that is another unit's now goes to that unit, with its differences.
-- Reads: catalogues_route, persons_entry. Writes: persons_entry.area, persons_difference.area. Grain: one entry.
-- Repeatable: one that is right is not written. Refuses nothing: a code that means nothing stays where it was.
WITH wrong AS MATERIALIZED (
    SELECT entry.id, coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0) AS area
    FROM persons_entry AS entry
    JOIN catalogues_route AS route
        ON route.commune_code = entry.commune_code
       AND route.registered @> (entry.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    WHERE entry.area <> coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0)
    ORDER BY entry.id LIMIT %(limit)s
    FOR UPDATE OF entry
),
followed AS (
    UPDATE persons_difference AS difference SET area = wrong.area
    FROM wrong WHERE wrong.id = coalesce(difference.household_entry_id, difference.collection_entry_id)
      AND difference.state = 'open' AND difference.area <> wrong.area
)
UPDATE persons_entry AS entry SET area = wrong.area
FROM wrong WHERE entry.id = wrong.id
