-- Trend: how many records of each category were received in each month, or week, of a period, as they stood at an instant.
-- Reads: what reports_records reads. Writes: nothing. Grain: a month or week and a category. Repeatable. Refuses nothing.

-- `step` is month or week; a week begins on Monday. NULL in `provinces`, `of_area`, `communes` asks for all.
CREATE FUNCTION reports_trend(
    first date, last date, as_of timestamptz, bounds date[], step text, provinces smallint[], of_area integer,
    communes integer[], everywhere boolean, areas integer[])
RETURNS TABLE (starts_on date, category integer, count bigint) LANGUAGE plpgsql STABLE
SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    RETURN QUERY EXECUTE $counted$
        SELECT date_trunc($5, record.received_on::timestamp)::date,
               reports_category(record.position, record.ending, record.cause, record.paper, record.has_id,
                                record.was_moved, record.received_on, record.due_on, record.since, $4), count(*)
        FROM reports_records($1, $2, $3, $11) AS record
        WHERE ($6 IS NULL OR record.province = ANY ($6)) AND ($7 IS NULL OR record.area = $7)
          AND ($8 IS NULL OR record.commune = ANY ($8)) AND ($9 OR record.area = ANY ($10))
        GROUP BY 1, 2
    $counted$ USING first, last, as_of, bounds, step, provinces, of_area, communes, everywhere, areas, reports_dirty();
END $$;

-- The same for a page: what the reader's area lets him see.
CREATE FUNCTION reports_trend_seen(
    first date, last date, as_of timestamptz, bounds date[], step text, provinces smallint[], of_area integer,
    communes integer[])
RETURNS TABLE (starts_on date, category integer, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM reports_trend(first, last, as_of, bounds, step, provinces, of_area, communes, authz.everywhere(),
                                authz.areas())
$$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION reports_trend_seen OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION reports_trend_seen, reports_trend FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reports_trend_seen TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION reports_trend TO lienthong_worker;
