-- Routes: where every code, by the day of registration it was written with, belongs on the day of decision.
-- Reads: catalogues_division, catalogues_succession, catalogues_declared, catalogues_facility.
-- Writes: catalogues_route (all of it; the caller has emptied it).
-- Grain: one reading of a commune's or island district's code: a version, or the days after its end.
-- Repeatable: the same lists and day give the same rows. Refuses nothing: what cannot be said is 'none' or 'many'.
-- The plain reference is divisions.resolve (tests/sql/test_routes_agree.py).
INSERT INTO catalogues_route (commune_code, registered, resolved_code, resolution, province_code, unit_id, unit_status,
                              default_facility_code, rule, path, path_days, split_on, resolved_since)
WITH RECURSIVE
version AS MATERIALIZED (
    SELECT code, level, province_code, valid,
           lead(lower(valid)) OVER (PARTITION BY code ORDER BY lower(valid)) AS next_start
    FROM catalogues_division
    WHERE lower(valid) <= %(on)s::date
      AND (level = 'commune' OR (level = 'district' AND code IN (SELECT old_code FROM catalogues_succession)))
),
reading AS MATERIALIZED (
    SELECT row_number() OVER () AS id, code, level, valid, registered, is_stale
    FROM (
        SELECT code, level, valid, valid AS registered, false AS is_stale FROM version
        UNION ALL
        -- A sender who still writes a code that has ended means its last version.
        SELECT code, level, valid, daterange(upper(valid), next_start), true FROM version
        WHERE upper(valid) <= %(on)s::date AND next_start IS DISTINCT FROM upper(valid)) AS readings
),
heir AS MATERIALIZED (
    SELECT old_code, effective, new_code, share,
           bool_or(share IN ('all', 'all_people')) OVER division_on_day AS everybody_went_one_way,
           bool_or(share <> 'land_only') OVER division_on_day AS people_went
    FROM catalogues_succession WHERE effective <= %(on)s::date
    WINDOW division_on_day AS (PARTITION BY old_code, effective)
),
-- From the end of each version: to its heirs who got people, else to its own next name.
turn AS MATERIALIZED (
    SELECT ended.code, upper(ended.valid) AS on_day, next.code AS next_code, next.valid AS next_valid,
           heir.new_code IS NOT NULL AS is_succession
    FROM version AS ended
    LEFT JOIN heir ON heir.old_code = ended.code AND heir.effective = upper(ended.valid)
        AND CASE WHEN everybody_went_one_way THEN share IN ('all', 'all_people')
                 WHEN people_went THEN share <> 'land_only'
                 ELSE true END
    JOIN version AS next ON next.code = coalesce(heir.new_code, ended.code) AND next.valid @> upper(ended.valid)
    WHERE upper(ended.valid) <= %(on)s::date
),
way AS (
    SELECT id, code, valid, ARRAY[code] AS path, '{}'::date[] AS days FROM reading
    UNION ALL
    SELECT way.id, turn.next_code, turn.next_valid,
           CASE WHEN is_succession THEN way.path || turn.next_code ELSE way.path END,
           CASE WHEN is_succession THEN way.days || turn.on_day ELSE way.days END
    FROM way JOIN turn ON turn.code = way.code AND turn.on_day = upper(way.valid)
    -- Every turn leads to a later end, so a way ends; this holds if the lists are ever wrong.
    WHERE cardinality(way.path) <= 50
),
arrival AS MATERIALIZED (
    SELECT id, count(DISTINCT code) AS heir_count, min(code) AS code, min(lower(valid)) AS since,
           min(path) AS first_path, max(path) AS last_path
    FROM way WHERE valid @> %(on)s::date
    GROUP BY id
),
-- Ways that agree on the codes agree on the days.
first_way AS MATERIALIZED (
    SELECT DISTINCT ON (id) id, days FROM way WHERE valid @> %(on)s::date ORDER BY id, path
),
place AS MATERIALIZED (
    SELECT reading.id, reading.code AS written_code, reading.level, reading.registered, reading.is_stale,
           lower(reading.valid) <> arrival.since AS is_renamed,
           CASE WHEN heir_count IS NULL THEN 'none' WHEN heir_count = 1 THEN 'one' ELSE 'many' END AS resolution,
           CASE WHEN heir_count = 1 THEN arrival.code ELSE '' END AS resolved_code,
           CASE WHEN arrival.id IS NULL THEN ARRAY[reading.code]
                WHEN first_path = last_path THEN first_path
                ELSE ARRAY(SELECT one FROM unnest(first_path, last_path) WITH ORDINALITY AS both_ways (one, other, at)
                           WHERE first_path[:at] = last_path[:at] ORDER BY at) END AS path,
           coalesce(first_way.days, '{}'::date[]) AS first_days, arrival.since
    FROM reading
    LEFT JOIN arrival ON arrival.id = reading.id
    LEFT JOIN first_way ON first_way.id = reading.id
),
-- Parked rows belong to the province that all heirs share.
province AS MATERIALIZED (
    SELECT way.id, min(version.province_code) AS code
    FROM way JOIN version ON version.code = way.code AND version.valid = way.valid
    WHERE way.valid @> %(on)s::date
    GROUP BY way.id HAVING count(DISTINCT version.province_code) = 1
),
declared AS MATERIALIZED (
    SELECT code, min(unit_id) AS unit_id, count(DISTINCT unit_id) AS unit_count
    FROM catalogues_declared WHERE counts @> %(on)s::date
    GROUP BY code
),
contracted AS MATERIALIZED (
    SELECT facility.code, facility.level, place.resolved_code, province.code AS province_code
    FROM catalogues_facility AS facility
    JOIN place ON place.written_code = facility.commune_code AND place.registered @> facility.declared_on
    JOIN province ON province.id = place.id
    WHERE facility.registers_children AND facility.contract @> %(on)s::date AND place.resolution = 'one'
),
-- Levels count from 1 (centre) to 4 (commune): the nearest comes first.
own_facility AS MATERIALIZED (
    SELECT DISTINCT ON (resolved_code) resolved_code, code FROM contracted
    ORDER BY resolved_code, level DESC, code
),
province_facility AS MATERIALIZED (
    SELECT DISTINCT ON (province_code) province_code, code FROM contracted
    ORDER BY province_code, level, code
)
SELECT place.written_code, place.registered, place.resolved_code, place.resolution, coalesce(province.code, ''),
       CASE WHEN declared.unit_count = 1 THEN declared.unit_id END,
       CASE WHEN declared.unit_count IS NULL THEN 'none' WHEN declared.unit_count = 1 THEN 'one' ELSE 'many' END,
       CASE WHEN place.resolution = 'one' THEN coalesce(own_facility.code, province_facility.code, '') ELSE '' END,
       CASE place.resolution
           WHEN 'none' THEN ''
           WHEN 'many' THEN 'Q3'
           ELSE CASE WHEN place.level = 'district' THEN 'Q9'
                     WHEN place.is_stale THEN 'Q8'
                     WHEN cardinality(place.path) > 2 THEN 'Q5'
                     WHEN cardinality(place.path) = 2 THEN 'Q1'
                     WHEN place.is_renamed THEN 'Q6'
                     ELSE '000-0' END END,
       place.path, place.first_days[:cardinality(place.path) - 1],
       CASE WHEN place.resolution = 'many' THEN place.first_days[cardinality(place.path)] END,
       CASE WHEN place.resolution = 'one' THEN place.since END
FROM place
LEFT JOIN province ON province.id = place.id
LEFT JOIN declared ON declared.code = place.resolved_code
LEFT JOIN own_facility ON own_facility.resolved_code = place.resolved_code
LEFT JOIN province_facility ON province_facility.province_code = province.code
