-- Trends: the figures of a period by week or month of receipt, in one statement.
-- Reads: what records.sql reads. Writes: nothing. Grain: one record. Repeatable. Refuses nothing.

CREATE FUNCTION reports_slot(by_level text, received_on date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE by_level WHEN 'week' THEN date_trunc('week', received_on::timestamp)::date - date '2000-01-01'
                         WHEN 'month' THEN date_trunc('month', received_on::timestamp)::date - date '2000-01-01' ELSE 0 END
$$;

-- How many records of each category stand at each place (what = 0), and how many took how long for a step (what 1 to 6).
-- `by_level`: country, province, unit, commune; places are numbers. By week or month the place is that of receipt: days from
-- 01/01/2000 to its first one. NULL in `provinces`, `of_area`, `communes` asks for all.
-- `of_area` below 0 asks for what no unit of the provinces answers for yet, under whichever of their codes it stands.
-- Whole months of whole provinces come from the cells, less what has changed since the instant.
CREATE OR REPLACE FUNCTION reports_tally(
    first date, last date, as_of timestamptz, bounds date[], by_level text, provinces smallint[], of_area integer,
    communes integer[], everywhere boolean, areas integer[])
RETURNS TABLE (place integer, what integer, value integer, count bigint) LANGUAGE plpgsql STABLE
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    today date := (as_of AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    whole date := date_trunc('month', first + interval '1 month' - interval '1 day')::date;
    beyond date := date_trunc('month', last + 1)::date;
BEGIN
    -- Nothing is received after the instant: its month is whole when the period goes up to it.
    IF last >= today THEN
        beyond := date_trunc('month', today + interval '1 month')::date;
    END IF;
    IF by_level NOT IN ('country', 'province', 'month') OR of_area IS NOT NULL OR communes IS NOT NULL OR NOT everywhere
            OR beyond <= whole THEN
        whole := last + 1;
        beyond := last + 1;
    END IF;
    RETURN QUERY EXECUTE $counted$
        SELECT told.place, told.what, told.value, sum(told.count)::bigint
        FROM (
            SELECT judged.place,
                   CASE WHEN GROUPING(category) = 0 THEN 0 WHEN GROUPING(pace_create) = 0 THEN 1
                        WHEN GROUPING(pace_send) = 0 THEN 2 WHEN GROUPING(pace_arise) = 0 THEN 3
                        WHEN GROUPING(pace_approve) = 0 THEN 4 WHEN GROUPING(pace_issue) = 0 THEN 5 ELSE 6 END AS what,
                   coalesce(category, pace_create, pace_send, pace_arise, pace_approve, pace_issue, pace_hand_over) AS value,
                   count(*) AS count
            FROM (SELECT CASE $5 WHEN 'province' THEN record.province::integer WHEN 'unit' THEN record.area
                                 WHEN 'commune' THEN record.commune
                                 ELSE reports_slot($5, record.received_on) END AS place,
                         reports_category(record.position, record.ending, record.cause, record.paper, record.has_id,
                                          record.was_moved, record.received_on, record.due_on, record.since, $4) AS category,
                         pace_create, pace_send, pace_arise, pace_approve, pace_issue, pace_hand_over
                  FROM reports_records($1, $2, $3, $11, $12, $13) AS record
                  WHERE ($6 IS NULL OR record.province = ANY ($6)) AND ($7 IS NULL OR record.area = $7 OR record.area < 0 AND $7 < 0)
                    AND ($8 IS NULL OR record.commune = ANY ($8)) AND ($9 OR record.area = ANY ($10))) AS judged
            GROUP BY GROUPING SETS ((place, category), (place, pace_create), (place, pace_send), (place, pace_arise),
                                    (place, pace_approve), (place, pace_issue), (place, pace_hand_over))
            UNION ALL
            SELECT CASE $5 WHEN 'province' THEN cell.province::integer ELSE reports_slot($5, cell.month) END, cell.what, cell.value, cell.count
            FROM reports_cell AS cell
            WHERE cell.month >= $12 AND cell.month < $13 AND ($6 IS NULL OR cell.province = ANY ($6))
            UNION ALL
            SELECT CASE $5 WHEN 'province' THEN line.province::integer ELSE reports_slot($5, line.received_on) END, added.what, added.value, -1
            FROM (SELECT * FROM reports_later($3, $12, $13) AS later WHERE later.dossier_id <> ALL ($11)
                  UNION ALL
                  SELECT * FROM reports_line AS lagging
                  WHERE lagging.dossier_id = ANY ($11) AND lagging.received_on >= $12 AND lagging.received_on < $13) AS line
            CROSS JOIN LATERAL reports_added(line) AS added
            WHERE $6 IS NULL OR line.province = ANY ($6)) AS told
        WHERE told.value IS NOT NULL
        GROUP BY 1, 2, 3 HAVING sum(told.count) <> 0
    $counted$ USING first, last, as_of, bounds, by_level, provinces, of_area, communes, everywhere, areas, reports_dirty(),
                    whole, beyond;
END $$;
