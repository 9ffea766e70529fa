-- HOUSEHOLD_AREA
-- Địa bàn của hộ khác với đơn vị đang phụ trách xã của hộ.
SELECT household.id, household.code
FROM persons_household AS household
JOIN catalogues_version AS version ON version.id = 1
JOIN persons_placing AS placed
    ON placed.lists_version = version.routes_version AND placed.placed_on = version.routes_on
JOIN catalogues_route AS route
    ON route.commune_code = household.commune_code AND route.registered @> household.commune_on
WHERE household.area <> coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0)
