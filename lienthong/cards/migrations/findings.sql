-- Findings: office time in SQL, who sees and answers what left the procedure, and what is written once.

-- The seconds of office time up to an instant, counted from the first day of the table; NULL outside it.
CREATE FUNCTION cards_office_seconds(instant timestamptz) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT office.minutes_before * 60 + CASE WHEN office.is_worked THEN extract(epoch FROM
               least(greatest(clock.time_of_day, office.opens), office.lunch_from) - office.opens
               + (least(greatest(clock.time_of_day, office.lunch_to), office.closes) - office.lunch_to))
           ELSE 0 END
    FROM (SELECT (instant AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
                 (instant AT TIME ZONE 'Asia/Ho_Chi_Minh')::time AS time_of_day) AS clock
    JOIN cards_officeday AS office ON office.day = clock.day
$$;

-- Office minutes between two instants, as law.conformance.worked_minutes says them; NULL without one of both.
CREATE FUNCTION cards_worked_minutes(since timestamptz, until timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN delta.seconds > 0 THEN floor(delta.seconds / 60)::integer WHEN delta.seconds <= 0 THEN 0 END
    FROM (SELECT cards_office_seconds(until) - cards_office_seconds(since) AS seconds) AS delta
$$;

GRANT SELECT ON cards_finding, cards_findingstep, cards_officeday, cards_stepdue TO lienthong_web;
GRANT UPDATE (state, reason, answer, answered_at, answered_by, answered_person, note, confirmed_at, confirmed_by,
              confirmed_person) ON cards_finding TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON cards_finding, cards_look TO lienthong_worker;
GRANT SELECT ON cards_findingstep TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON cards_officeday, cards_stepdue TO lienthong_worker;
GRANT SELECT ON SEQUENCE cards_event_id_seq, dossiers_event_id_seq TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

ALTER TABLE cards_finding ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_finding FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_finding TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_finding TO lienthong_worker USING (true);

ALTER TABLE cards_findingstep ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_finding ON cards_findingstep FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM cards_finding AS seen WHERE seen.id = finding_id));
CREATE POLICY of_system ON cards_findingstep TO lienthong_worker USING (true);

-- What was found stays as it was found; only its end is added, once, and the answer moves along its way.
CREATE FUNCTION cards_finding_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := '{ended_at,delay_minutes,state,reason,answer,answered_at,answered_by,answered_person,note,
        confirmed_at,confirmed_by,confirmed_person}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a finding is never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving)
       OR (OLD.ended_at IS NOT NULL
           AND (NEW.ended_at, NEW.delay_minutes) IS DISTINCT FROM (OLD.ended_at, OLD.delay_minutes)) THEN
        RAISE EXCEPTION 'what was found stays as it was' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = OLD.state AND (to_jsonb(NEW) - '{ended_at,delay_minutes}'::text[])
            IS DISTINCT FROM (to_jsonb(OLD) - '{ended_at,delay_minutes}'::text[]) THEN
        RAISE EXCEPTION 'an answer stands until it is sent back' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('open', 'answered'), ('returned', 'answered'), ('answered', 'returned'), ('answered', 'confirmed')) THEN
        RAISE EXCEPTION 'no way from % to %', OLD.state, NEW.state USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Who judges an answer leaves it as it was given.
    IF NEW.state <> OLD.state AND OLD.state = 'answered'
       AND (NEW.reason, NEW.answer, NEW.answered_at, NEW.answered_by, NEW.answered_person)
           IS DISTINCT FROM (OLD.reason, OLD.answer, OLD.answered_at, OLD.answered_by, OLD.answered_person) THEN
        RAISE EXCEPTION 'an answer is judged as it was given' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_finding_kept BEFORE UPDATE OR DELETE ON cards_finding
    FOR EACH ROW EXECUTE FUNCTION cards_finding_kept();

-- The only writer of steps.
CREATE FUNCTION cards_finding_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO cards_findingstep (finding_id, at, by, to_state, reason, text)
    SELECT new_rows.id, current_setting('lienthong.at')::timestamptz, current_setting('lienthong.by'), new_rows.state,
           CASE WHEN new_rows.state = 'answered' THEN new_rows.reason ELSE '' END,
           CASE new_rows.state WHEN 'answered' THEN new_rows.answer WHEN 'returned' THEN new_rows.note ELSE '' END
    FROM new_rows JOIN old_rows USING (id)
    WHERE old_rows.state <> new_rows.state ORDER BY new_rows.id;
    RETURN NULL;
END $$;
CREATE TRIGGER cards_finding_moved AFTER UPDATE ON cards_finding
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cards_finding_moved();

CREATE FUNCTION cards_finding_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps are written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER cards_finding_step_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON cards_findingstep
    FOR EACH STATEMENT EXECUTE FUNCTION cards_finding_step_kept();

-- What happened before belongs to the first night.
INSERT INTO cards_look (name, seen_id, pending_id, pending_xact)
VALUES ('card', (SELECT coalesce(max(id), 0) FROM cards_event), 0, 0),
       ('dossier', (SELECT coalesce(max(id), 0) FROM dossiers_event), 0, 0), ('night', 0, 0, 0);

INSERT INTO audit_subject (kind, table_name) VALUES ('finding', 'cards_finding');
