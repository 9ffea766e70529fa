-- Placing: households whose commune is another unit's now go to that unit.
-- Reads: catalogues_route, persons_household. Writes: persons_household.area. Grain: one household.
-- Repeatable: one that is right is not written. Refuses nothing: where no unit answers, the province holds it.
WITH wrong AS (
    SELECT household.id, coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0) AS area
    FROM persons_household AS household
    JOIN catalogues_route AS route
        ON route.commune_code = household.commune_code AND route.registered @> household.commune_on
    WHERE household.area <> coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0)
    ORDER BY household.id LIMIT %(limit)s
    FOR UPDATE OF household
)
UPDATE persons_household AS household SET area = wrong.area
FROM wrong WHERE household.id = wrong.id
