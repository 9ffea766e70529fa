-- Difficulties and the knowledge base: who may read and write them, which steps there are, what is kept for ever.
-- Reads: authz.session, accounts_officer, catalogues_unit. Writes: oversight_difficultystep, oversight_articleversion.
-- Grain: a difficulty, an article. Repeatable: yes. Refuses: a step that is none, or not of its maker's level; a change
-- of what was asked or kept; an article by who may not publish it.

-- How high the session's officer answers: 1 the head of a unit, 2 a province, 3 the centre and its keepers; 0 nobody.
CREATE FUNCTION oversight_rank() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT CASE officer.role WHEN 'head' THEN 1 WHEN 'province' THEN 2 WHEN 'centre' THEN 3
                                 WHEN 'administrator' THEN 3 ELSE 0 END
        FROM authz.alive(current_setting('lienthong.token', true)) AS session
        JOIN public.accounts_officer AS officer ON officer.id = session.officer_id), 0)
$$;

-- The province of the session's officer, whatever his role; NULL without a session.
CREATE FUNCTION oversight_home() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT officer.province_code
    FROM authz.alive(current_setting('lienthong.token', true)) AS session
    JOIN public.accounts_officer AS officer ON officer.id = session.officer_id
$$;

-- Words without tones, marks and signs, as the search compares them.
CREATE FUNCTION oversight_words(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(name_fold_key(said), '[^a-z0-9]+', ' ', 'g'))
$$;

REVOKE EXECUTE ON FUNCTION oversight_rank(), oversight_home() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_rank(), oversight_home() TO lienthong_web, lienthong_worker;

-- ---------------------------------------------------------------- difficulties

CREATE FUNCTION oversight_difficulty_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := '{level,state,since,due_on,taker_id,taken_at,answer,basis,answered_at,answered_by,article_id,
        same_as_id,act,said,changed_at}';
    levels CONSTANT text[] := '{unit,province,centre}';
    of_asker CONSTANT text[] := '{replied,confirmed,reopened,withdrawn}';
    officer bigint := authz.officer();
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a difficulty is never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'new' OR NEW.act <> 'reported' THEN
            RAISE EXCEPTION 'a difficulty begins as reported' USING ERRCODE = 'insufficient_privilege';
        END IF;
        -- Whose it is, the account says and not its page.
        SELECT asker.role, asker.province_code, asker.unit_code,
               coalesce((SELECT max(unit.id) FROM catalogues_unit AS unit WHERE unit.code = asker.unit_code),
                        -(nullif(asker.province_code, '')::integer), 0)
          INTO NEW.asker_role, NEW.province_code, NEW.unit_code, NEW.area
          FROM accounts_officer AS asker WHERE asker.id = NEW.asker_id AND NEW.asker_id IS NOT NULL
        UNION ALL SELECT NEW.asker_role, NEW.province_code, NEW.unit_code, NEW.area WHERE NEW.asker_id IS NULL;
        NEW.folded := oversight_words(NEW.title || ' ' || NEW.question);
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what was asked stays as it was' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (OLD.state, NEW.act, NEW.state) NOT IN (
            ('new', 'taken', 'taken'), ('taken', 'taken', 'taken'), ('taken', 'asked_back', 'asked_back'),
            ('asked_back', 'replied', 'taken'), ('new', 'answered', 'answered'), ('taken', 'answered', 'answered'),
            ('merged', 'answered', 'answered'), ('new', 'passed_up', 'new'), ('taken', 'passed_up', 'new'),
            ('new', 'climbed', 'new'), ('taken', 'climbed', 'new'), ('answered', 'confirmed', 'confirmed'),
            ('answered', 'reopened', 'new'), ('new', 'withdrawn', 'closed'), ('taken', 'withdrawn', 'closed'),
            ('asked_back', 'withdrawn', 'closed'), ('answered', 'closed', 'closed'), ('asked_back', 'closed', 'closed'),
            ('new', 'closed', 'closed'), ('taken', 'closed', 'closed'), ('new', 'merged', 'merged'),
            ('taken', 'merged', 'merged'), ('merged', 'merged', 'merged'), ('merged', 'closed', 'closed'),
            ('merged', 'parted', 'new'), ('answered', 'published', 'answered'),
            ('confirmed', 'published', 'confirmed'), ('closed', 'published', 'closed')) THEN
        RAISE EXCEPTION 'no way from % to % by %', OLD.state, NEW.state, NEW.act USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF array_position(levels, NEW.level) < array_position(levels, OLD.level) AND NEW.act <> 'parted' THEN
        RAISE EXCEPTION 'a difficulty never goes down' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.act = ANY ('{passed_up,climbed}') AND NEW.level = OLD.level THEN
        RAISE EXCEPTION 'passed up to where it was' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Without a session it is the system, or a hospital through its own function.
    IF officer IS NOT NULL AND NEW.act = ANY (of_asker) AND officer IS DISTINCT FROM OLD.asker_id THEN
        RAISE EXCEPTION 'only who asked may say so' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF officer IS NOT NULL AND NEW.act <> ALL (of_asker)
        AND oversight_rank() < array_position(levels, OLD.level) THEN
        RAISE EXCEPTION 'it is answered higher up' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.act NOT IN ('answered', 'reopened') AND (NEW.answer, NEW.basis, NEW.answered_at, NEW.answered_by)
            IS DISTINCT FROM (OLD.answer, OLD.basis, OLD.answered_at, OLD.answered_by) THEN
        RAISE EXCEPTION 'an answer stands as it was given' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_difficulty_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_difficulty
    FOR EACH ROW EXECUTE FUNCTION oversight_difficulty_kept();

-- The only writer of steps.
CREATE FUNCTION oversight_difficulty_stepped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO oversight_difficultystep (difficulty_id, at, by, act, state, level, said)
    SELECT id, changed_at, current_setting('lienthong.by'), act, state, level, said FROM new_rows ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER oversight_difficulty_reported AFTER INSERT ON oversight_difficulty
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION oversight_difficulty_stepped();
CREATE TRIGGER oversight_difficulty_stepped AFTER UPDATE ON oversight_difficulty
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION oversight_difficulty_stepped();

CREATE FUNCTION oversight_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps and versions are written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER oversight_difficultystep_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight_difficultystep
    FOR EACH STATEMENT EXECUTE FUNCTION oversight_written_once();

REVOKE ALL ON oversight_difficulty, oversight_difficultystep, oversight_article, oversight_articleversion, oversight_opinion
    FROM lienthong_web, lienthong_worker;
GRANT SELECT ON oversight_difficulty, oversight_difficultystep TO lienthong_web, lienthong_worker;
GRANT INSERT (asked_at, asked_by, asker_id, asker_role, area, province_code, unit_code, facility_code, topic, title, question,
              page, code, subject_kind, subject_id, software, level, state, since, due_on, answer, basis, answered_by, act,
              said, changed_at, taken_at, taker_id, answered_at, article_id, same_as_id),
      UPDATE (level, state, since, due_on, taker_id, taken_at, answer, basis, answered_at, answered_by, article_id, same_as_id,
              act, said, changed_at)
    ON oversight_difficulty TO lienthong_web, lienthong_worker;

-- A unit's difficulty is seen by that unit, its province and the centre, and by who asked; what has come up to the centre
-- also by the keepers of the machine.
ALTER TABLE oversight_difficulty ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_area ON oversight_difficulty FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[])
           OR asker_id = (SELECT authz.officer())
           OR (level = 'centre' AND (SELECT oversight_rank()) = 3));
CREATE POLICY of_area_moves ON oversight_difficulty FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[])
           OR asker_id = (SELECT authz.officer())
           OR (level = 'centre' AND (SELECT oversight_rank()) = 3));
CREATE POLICY of_asker ON oversight_difficulty FOR INSERT TO lienthong_web
    WITH CHECK (asker_id = (SELECT authz.officer()));
CREATE POLICY of_system ON oversight_difficulty TO lienthong_worker USING (true);

ALTER TABLE oversight_difficultystep ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_difficulty ON oversight_difficultystep FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_difficulty AS seen WHERE seen.id = difficulty_id));
CREATE POLICY of_system ON oversight_difficultystep TO lienthong_worker USING (true);

-- ---------------------------------------------------------------- the hospitals' counter

-- What a facility reports, through its own door: the account and its staff member are asked as for every look-up.
-- At most 20 a day and facility. `verdict` is that of the door, or over_limit.
CREATE FUNCTION oversight_hospital_reports(asked jsonb, told jsonb) RETURNS TABLE (
    verdict text, difficulty bigint, facility text, province text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    door record;
    said record;
    home text;
    made bigint;
BEGIN
    SELECT * INTO door FROM cards_hospital_door(asked);
    IF door.verdict <> '' THEN
        RETURN QUERY SELECT door.verdict, NULL::bigint, '', '';
        RETURN;
    END IF;
    SELECT * INTO said FROM jsonb_to_record(told) AS it (
        at timestamptz, on_day date, due_on date, topic text, title text, question text, page text, code text, software text);
    PERFORM pg_advisory_xact_lock(hashtext('oversight_hospital:' || door.facility_code));
    IF (SELECT count(*) FROM oversight_difficulty AS before
        WHERE before.facility_code = door.facility_code AND before.asked_at > said.at - interval '1 day') >= 20 THEN
        RETURN QUERY SELECT 'over_limit', NULL::bigint, '', '';
        RETURN;
    END IF;
    home := coalesce(catalogues_province_on(left(door.facility_code, 2), said.on_day), left(door.facility_code, 2));
    INSERT INTO oversight_difficulty (asked_at, asked_by, area, province_code, unit_code, asker_role, facility_code, topic,
        title, question, page, code, subject_kind, software, level, state, since, due_on, answer, basis, answered_by, act,
        said, changed_at)
    VALUES (said.at, current_setting('lienthong.by'), -(home::integer), home, '', 'hospital', door.facility_code, said.topic,
            said.title, said.question, said.page, said.code, '', said.software, 'province', 'new', said.at, said.due_on, '',
            '', '', 'reported', '', said.at)
    RETURNING id INTO made;
    RETURN QUERY SELECT '', made, door.facility_code, home;
END $$;

-- A facility's own difficulties, the latest first; none when its door is shut.
CREATE FUNCTION oversight_hospital_difficulties(asked jsonb) RETURNS TABLE (
    id bigint, asked_at timestamptz, topic text, title text, question text, state text, act text, said text, answer text,
    basis text, answered_at timestamptz, due_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT own.id, own.asked_at, own.topic, own.title, own.question, own.state, own.act, own.said, own.answer, own.basis,
           own.answered_at, own.due_on
    FROM cards_hospital_door(asked) AS door
    JOIN oversight_difficulty AS own ON own.facility_code = door.facility_code AND door.verdict = ''
    ORDER BY own.id DESC LIMIT 100
$$;

-- What a facility says about its own: it replies, confirms, opens anew. True when that was the step due.
CREATE FUNCTION oversight_hospital_says(asked jsonb, told jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said record;
    moved integer;
BEGIN
    SELECT * INTO said FROM jsonb_to_record(told) AS it (id bigint, act text, words text, at timestamptz, due_on date);
    UPDATE oversight_difficulty AS own
    SET state = CASE said.act WHEN 'confirmed' THEN 'confirmed' WHEN 'replied' THEN 'taken' ELSE 'new' END,
        act = said.act, said = said.words, changed_at = said.at,
        since = CASE WHEN said.act <> 'confirmed' THEN said.at END,
        due_on = CASE WHEN said.act <> 'confirmed' THEN said.due_on END
    FROM cards_hospital_door(asked) AS door
    WHERE own.id = said.id AND own.facility_code = door.facility_code AND door.verdict = ''
      AND (own.state, said.act) IN (('asked_back', 'replied'), ('answered', 'confirmed'), ('answered', 'reopened'));
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved = 1;
END $$;

REVOKE EXECUTE ON FUNCTION oversight_hospital_reports(jsonb, jsonb), oversight_hospital_difficulties(jsonb),
    oversight_hospital_says(jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_hospital_reports(jsonb, jsonb), oversight_hospital_difficulties(jsonb),
    oversight_hospital_says(jsonb, jsonb) TO lienthong_web, lienthong_worker;

-- ---------------------------------------------------------------- the knowledge base

CREATE FUNCTION oversight_article_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an article is ended, never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF authz.officer() IS NOT NULL AND oversight_rank() < 3
        AND (oversight_rank() < 2 OR NEW.province_code = '' OR NEW.province_code <> oversight_home()
             OR (TG_OP = 'UPDATE' AND OLD.province_code <> NEW.province_code)) THEN
        RAISE EXCEPTION 'the centre publishes for the country, a province for itself'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'each change is a version of its own' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.folded := oversight_words(concat_ws(' ', NEW.title, NEW.keywords, array_to_string(NEW.codes, ' ')));
    NEW.search := setweight(to_tsvector('simple', oversight_words(NEW.title)), 'A')
        || setweight(to_tsvector('simple', oversight_words(concat_ws(' ', NEW.keywords, array_to_string(NEW.codes, ' ')))), 'B')
        || setweight(to_tsvector('simple', oversight_words(NEW.answer || ' ' || NEW.basis)), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_article_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_article
    FOR EACH ROW EXECUTE FUNCTION oversight_article_kept();

-- The only writer of versions.
CREATE FUNCTION oversight_article_versioned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO oversight_articleversion (article_id, version, title, answer, basis, valid_from, valid_to, readers, written_at,
                                          written_by)
    VALUES (NEW.id, NEW.version, NEW.title, NEW.answer, NEW.basis, NEW.valid_from, NEW.valid_to,
            concat_ws(' ', coalesce(nullif(NEW.province_code, ''), 'all'), CASE WHEN NEW.for_hospitals THEN 'hospitals' END,
                      CASE WHEN NEW.for_public THEN 'public' END), NEW.written_at, NEW.written_by);
    RETURN NULL;
END $$;
CREATE TRIGGER oversight_article_versioned AFTER INSERT OR UPDATE ON oversight_article
    FOR EACH ROW EXECUTE FUNCTION oversight_article_versioned();
CREATE TRIGGER oversight_articleversion_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON oversight_articleversion
    FOR EACH STATEMENT EXECUTE FUNCTION oversight_written_once();

GRANT SELECT ON oversight_article, oversight_articleversion TO lienthong_web, lienthong_worker;
GRANT INSERT, UPDATE ON oversight_article TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON oversight_opinion TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- Hospitals and families read what is marked for them; officers also the country's, and their own province's.
ALTER TABLE oversight_article ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON oversight_article FOR SELECT TO lienthong_web
    USING (for_public OR for_hospitals OR (SELECT authz.everywhere()) OR (SELECT oversight_rank()) = 3
           OR (province_code = '' AND (SELECT authz.officer()) IS NOT NULL)
           OR (province_code <> '' AND (province_code = (SELECT oversight_home())
               OR -(province_code::integer) = ANY ((SELECT authz.areas())::int[]))));
CREATE POLICY of_publishers_new ON oversight_article FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT oversight_rank()) >= 2);
CREATE POLICY of_publishers ON oversight_article FOR UPDATE TO lienthong_web
    USING ((SELECT oversight_rank()) >= 2);
CREATE POLICY of_system ON oversight_article TO lienthong_worker USING (true);

ALTER TABLE oversight_articleversion ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_article ON oversight_articleversion FOR SELECT TO lienthong_web
    USING ((SELECT authz.officer()) IS NOT NULL
           AND EXISTS (SELECT 1 FROM oversight_article AS seen WHERE seen.id = article_id));
CREATE POLICY of_system ON oversight_articleversion TO lienthong_worker USING (true);

-- An officer's word is his alone; all together they are two figures.
ALTER TABLE oversight_opinion ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_officer ON oversight_opinion TO lienthong_web
    USING (officer_id = (SELECT authz.officer())) WITH CHECK (officer_id = (SELECT authz.officer()));
CREATE POLICY of_system ON oversight_opinion TO lienthong_worker USING (true);

CREATE FUNCTION oversight_opinions(articles bigint[])
RETURNS TABLE (article_id bigint, helped_count bigint, other_count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT opinion.article_id, count(*) FILTER (WHERE opinion.helped), count(*) FILTER (WHERE NOT opinion.helped)
    FROM oversight_opinion AS opinion WHERE opinion.article_id = ANY (articles) GROUP BY opinion.article_id
$$;
REVOKE EXECUTE ON FUNCTION oversight_opinions(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_opinions(bigint[]) TO lienthong_web, lienthong_worker;

INSERT INTO audit_subject (kind, table_name)
VALUES ('difficulty', 'oversight_difficulty'), ('article', 'oversight_article');
