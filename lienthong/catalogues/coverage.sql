-- Coverage: the days of a period on which a commune has no unit, or more than one (rules §13.1, Q4).
-- Reads: catalogues_division, catalogues_declared, catalogues_unit. Writes: nothing.
-- Grain: one version of a commune and one run of days with the same fault. Repeatable.
-- Says for every single day what units.unit_for says (tests/domain/test_catalogues_coverage.py).
WITH version AS MATERIALIZED (
    SELECT code, name, province_code, datemultirange(valid * daterange(%(since)s::date, %(until)s::date)) AS days
    FROM catalogues_division
    WHERE level = 'commune' AND valid && daterange(%(since)s::date, %(until)s::date)
      AND (%(province_code)s = '' OR province_code = %(province_code)s)
      AND (%(commune_code)s = '' OR code = %(commune_code)s)
),
claim AS MATERIALIZED (
    SELECT declared.code, declared.unit_id, unit.code AS unit_code, declared.counts AS days
    FROM catalogues_declared AS declared JOIN catalogues_unit AS unit ON unit.id = declared.unit_id
    WHERE declared.counts && daterange(%(since)s::date, %(until)s::date)
      AND (%(commune_code)s = '' OR declared.code = %(commune_code)s)
),
claimed AS MATERIALIZED (
    SELECT code, range_agg(days) AS days FROM claim GROUP BY code
),
contested AS MATERIALIZED (
    SELECT one.code, range_agg(one.days * other.days) AS days
    FROM claim AS one
    JOIN claim AS other ON other.code = one.code AND other.unit_id > one.unit_id AND other.days && one.days
    GROUP BY one.code
),
fault AS MATERIALIZED (
    SELECT version.code, version.name, version.province_code, 'UNIT_NOT_DECLARED' AS fault,
           unnest(version.days - coalesce(claimed.days, '{}')) AS days
    FROM version LEFT JOIN claimed ON claimed.code = version.code
    UNION ALL
    SELECT version.code, version.name, version.province_code, 'UNIT_AMBIGUOUS', unnest(version.days * contested.days)
    FROM version JOIN contested ON contested.code = version.code
)
SELECT fault.code AS commune_code, fault.name AS commune_name, fault.province_code,
       coalesce(province.name, '') AS province_name, fault.fault, lower(fault.days) AS first,
       upper(fault.days) - 1 AS last,
       coalesce(array_agg(DISTINCT claim.unit_code) FILTER (WHERE claim.unit_code IS NOT NULL), '{}') AS unit_codes
FROM fault
LEFT JOIN catalogues_division AS province
    ON province.level = 'province' AND province.code = fault.province_code AND province.valid @> lower(fault.days)
LEFT JOIN claim ON claim.code = fault.code AND claim.days && fault.days
GROUP BY fault.code, fault.name, fault.province_code, province.name, fault.fault, fault.days
ORDER BY fault.code, fault.days
