-- Tally: how complete the data of each commune are on a day, by criterion and for all criteria together.
-- Reads: persons_criterion, persons_told (persons, numbers, households, routes). Writes: persons_tally.
-- Grain: one day, area, commune and criterion. Repeatable: the caller deletes the day first. Refuses nothing.
INSERT INTO persons_tally (day, area, commune_code, criterion, person_count, missing_count, met_weight, whole_weight)
WITH criterion AS MATERIALIZED (
    SELECT listed.code, listed.field, listed.applies_to, listed.weight
    FROM persons_criterion AS listed WHERE listed.valid @> %(day)s::date
),
judged AS MATERIALIZED (
    SELECT known.area, known.commune_code, known.person_id, criterion.code, criterion.weight,
           criterion.field = ANY (known.told) AS is_met
    FROM persons_told(%(day)s::date) AS known
    CROSS JOIN criterion
    WHERE persons_applies(criterion.applies_to, known.born_on, known.is_head, %(day)s::date)
),
one_person AS (
    SELECT area, commune_code, person_id, bool_and(is_met) AS is_complete,
           coalesce(sum(weight) FILTER (WHERE is_met), 0) AS met, sum(weight) AS whole
    FROM judged GROUP BY area, commune_code, person_id
)
SELECT %(day)s::date, area, commune_code, code, count(*), count(*) FILTER (WHERE NOT is_met),
       coalesce(sum(weight) FILTER (WHERE is_met), 0), sum(weight)
FROM judged GROUP BY area, commune_code, code
UNION ALL
SELECT %(day)s::date, area, commune_code, '', count(*), count(*) FILTER (WHERE NOT is_complete), sum(met), sum(whole)
FROM one_person GROUP BY area, commune_code
