-- On which days a declared workplace counts: the one place that knows the rule (rules §13.1, Q4).
-- Reads: catalogues_workplace, catalogues_division, catalogues_succession. Grain: a workplace and a run of days.
-- What was declared before a code was formed anew does not count afterwards, unless the code went on under the same
-- name; a declaration by district counts while that district stands. Used by units, coverage and routes.
-- Every workplace looks its codes up by index: a join of whole lists is left to the planner's luck with their sizes.
CREATE VIEW catalogues_declared WITH (security_invoker = true) AS
SELECT workplace.id AS workplace_id, workplace.unit_id,
       coalesce(nullif(workplace.commune_code, ''), workplace.district_code) AS code,
       unnest(
           datemultirange(workplace.valid * daterange(NULL, (
               SELECT min(formed.effective) FROM catalogues_succession AS formed
               WHERE formed.old_code = coalesce(nullif(workplace.commune_code, ''), workplace.district_code)
                 AND formed.effective > lower(workplace.valid)
                 AND (EXISTS (SELECT 1 FROM catalogues_succession AS itself
                              WHERE itself.old_code = formed.old_code AND itself.effective = formed.effective
                                AND itself.new_code = formed.old_code)
                      AND (SELECT earlier.name FROM catalogues_division AS earlier
                           WHERE earlier.code = formed.old_code AND earlier.valid @> formed.effective - 1 LIMIT 1)
                        = (SELECT later.name FROM catalogues_division AS later
                           WHERE later.code = formed.old_code AND later.valid @> formed.effective LIMIT 1))
                     IS NOT TRUE)))
           * coalesce((SELECT range_agg(place.valid) FROM catalogues_division AS place
                       WHERE place.code = coalesce(nullif(workplace.commune_code, ''), workplace.district_code)), '{}')
           * CASE WHEN workplace.district_code = '' THEN '{(,)}'
                  ELSE coalesce((SELECT range_agg(district.valid) FROM catalogues_division AS district
                                 WHERE district.code = workplace.district_code), '{}') END) AS counts
FROM catalogues_workplace AS workplace;

GRANT SELECT ON catalogues_declared TO lienthong_web, lienthong_worker;
