-- How many difficulties of a period there are, by subject, place, and rule, code or page; how many wait, are late, were
-- answered, and answered before any had climbed; the median of days to the answer.
-- Reads: oversight_difficulty, oversight_difficultystep, catalogues_division, catalogues_unit. Writes: nothing.
-- Grain: a subject, a place, a code, and all of them. Repeatable: yes. Refuses: nothing; row-level security bounds it.
WITH told AS (
    SELECT difficulty.topic, coalesce(nullif(difficulty.code, ''), nullif(difficulty.page, ''), '–') AS code,
           CASE WHEN %(by_unit)s THEN coalesce(nullif(difficulty.unit_code, ''), difficulty.facility_code)
                ELSE difficulty.province_code END AS place,
           difficulty.state IN ('new', 'taken', 'asked_back', 'merged') AS is_open,
           difficulty.due_on < %(on)s AS is_late,
           difficulty.answered_at IS NOT NULL AS is_answered,
           difficulty.answered_at IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM oversight_difficultystep AS step
               WHERE step.difficulty_id = difficulty.id AND step.act = 'climbed') AS is_in_time,
           extract(epoch FROM difficulty.answered_at - difficulty.asked_at) / 86400 AS days
    FROM oversight_difficulty AS difficulty
    WHERE difficulty.asked_at >= %(since)s AND difficulty.asked_at < %(until)s
      AND (%(province)s = '' OR difficulty.province_code = %(province)s)
), counted AS (
    SELECT CASE WHEN grouping(topic) = 0 THEN 'topic' WHEN grouping(place) = 0 THEN 'place'
                WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS kind,
           coalesce(topic, place, code, '') AS key,
           count(*) AS total, count(*) FILTER (WHERE is_open) AS open_count, count(*) FILTER (WHERE is_late) AS late_count,
           count(*) FILTER (WHERE is_answered) AS answered_count, count(*) FILTER (WHERE is_in_time) AS in_time_count,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median_days
    FROM told GROUP BY GROUPING SETS ((topic), (place), (code), ())
)
SELECT counted.kind, counted.key,
       CASE WHEN counted.kind = 'place' THEN coalesce(unit.name, facility.name, province.name,
                CASE WHEN %(by_unit)s THEN 'BHXH tỉnh' ELSE 'BHXH Việt Nam' END) ELSE counted.key END AS name,
       counted.total, counted.open_count, counted.late_count, counted.answered_count, counted.in_time_count,
       counted.median_days
FROM counted
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_unit AS known WHERE known.code = counted.key AND counted.kind = 'place'
    ORDER BY known.id DESC LIMIT 1) AS unit ON true
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_facility AS known WHERE known.code = counted.key AND counted.kind = 'place'
    ORDER BY known.id DESC LIMIT 1) AS facility ON true
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_division AS known
    WHERE known.code = counted.key AND known.level = 'province' AND counted.kind = 'place'
    ORDER BY known.id DESC LIMIT 1) AS province ON true
ORDER BY counted.kind, counted.total DESC, counted.key
