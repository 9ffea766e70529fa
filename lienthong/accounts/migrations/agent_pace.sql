-- Agent pace: how fast an agent may look people up: in a minute, in an hour and in a day, and how often in vain.
-- Reads: authz.session. Writes: accounts_agentday. Grain: one look of one agent. Repeatable: no, each look is counted.
-- Refuses: nothing; false when one of the four is used up. Hours and minutes are those of the clock.
-- The count by two figures stays beside it: code of the release before may still run.
CREATE FUNCTION authz.count_look(most_a_minute integer, most_an_hour integer, most_a_day integer, most_misses integer)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine bigint := (SELECT s.officer_id FROM authz.alive(current_setting('lienthong.token', true)) AS s);
    instant timestamptz := clock_timestamp();
    today date := (instant AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    now_kept public.accounts_agentday;
BEGIN
    IF mine IS NULL OR NOT authz.is_agent() THEN
        RETURN false;
    END IF;
    -- A row a day is locked until the transaction ends, so that looks at once are counted one by one.
    INSERT INTO public.accounts_agentday AS kept
        (officer_id, day, look_count, miss_count, minute, minute_count, hour, hour_count)
    VALUES (mine, today, 1, 0, date_trunc('minute', instant), 1, date_trunc('hour', instant), 1)
    ON CONFLICT (officer_id, day) DO UPDATE
    SET look_count = kept.look_count + 1,
        minute_count = CASE WHEN kept.minute = excluded.minute THEN kept.minute_count + 1 ELSE 1 END,
        minute = excluded.minute,
        hour_count = CASE WHEN kept.hour = excluded.hour THEN kept.hour_count + 1 ELSE 1 END,
        hour = excluded.hour
    RETURNING * INTO now_kept;
    RETURN now_kept.minute_count <= most_a_minute AND now_kept.hour_count <= most_an_hour
       AND now_kept.look_count <= most_a_day AND now_kept.miss_count < most_misses;
END $$;
REVOKE ALL ON FUNCTION authz.count_look(integer, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.count_look(integer, integer, integer, integer) TO lienthong_web;
