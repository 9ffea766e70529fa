-- On which days a declared workplace counts: the one place that knows the rule (rules §13.1, Q4).
-- Reads: catalogues_workplace, catalogues_division, catalogues_succession. Grain: a workplace and a run of days.
-- What was declared before a code was formed anew does not count afterwards, unless the code went on under the same
-- name; a declaration by district counts while that district stands. Used by units, coverage and routes.
CREATE VIEW catalogues_declared WITH (security_invoker = true) AS
WITH standing AS NOT MATERIALIZED (
    SELECT code, range_agg(valid) AS days FROM catalogues_division GROUP BY code
),
formed_anew AS NOT MATERIALIZED (
    SELECT succession.old_code AS code, succession.effective
    FROM catalogues_succession AS succession
    LEFT JOIN catalogues_division AS earlier
        ON succession.new_code = succession.old_code AND earlier.code = succession.old_code
       AND earlier.valid @> succession.effective - 1
    LEFT JOIN catalogues_division AS later ON later.code = earlier.code AND later.valid @> succession.effective
    GROUP BY succession.old_code, succession.effective
    HAVING NOT coalesce(bool_or(earlier.name = later.name), false)
),
unbroken AS NOT MATERIALIZED (
    SELECT workplace.id, workplace.unit_id, workplace.district_code,
           coalesce(nullif(workplace.commune_code, ''), workplace.district_code) AS code,
           datemultirange(workplace.valid * daterange(NULL, min(formed_anew.effective))) AS days
    FROM catalogues_workplace AS workplace
    LEFT JOIN formed_anew
        ON formed_anew.code = coalesce(nullif(workplace.commune_code, ''), workplace.district_code)
       AND formed_anew.effective > lower(workplace.valid)
    GROUP BY workplace.id
)
SELECT unbroken.id AS workplace_id, unbroken.unit_id, unbroken.code,
       unnest(unbroken.days * place.days
              * CASE WHEN unbroken.district_code = '' THEN '{(,)}' ELSE coalesce(district.days, '{}') END) AS counts
FROM unbroken
JOIN standing AS place ON place.code = unbroken.code
LEFT JOIN standing AS district ON district.code = unbroken.district_code;

GRANT SELECT ON catalogues_declared TO lienthong_web, lienthong_worker;
