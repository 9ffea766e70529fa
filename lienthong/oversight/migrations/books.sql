-- The books that balance: who may read and write them, and the one way in for a statement.
-- Reads: authz.session. Writes: oversight_statement, oversight_statedcount, oversight_stated, oversight_lookedday.
-- Grain: a statement. Repeatable: the same bytes again are found. Refuses: what is edited or deleted; a write of the pages.

CREATE FUNCTION oversight_statement_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- What is generated is not there yet before the row is written.
    changes CONSTANT text[] := '{state,body_sha256}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'taken' OR NEW.state <> 'superseded'
        OR (to_jsonb(NEW) - changes) IS DISTINCT FROM (to_jsonb(OLD) - changes) THEN
        RAISE EXCEPTION 'a statement is kept as received' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_statement_kept BEFORE UPDATE OR DELETE ON oversight_statement
    FOR EACH ROW EXECUTE FUNCTION oversight_statement_kept();
CREATE TRIGGER oversight_statedcount_kept BEFORE UPDATE OR DELETE ON oversight_statedcount
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
CREATE TRIGGER oversight_stated_kept BEFORE UPDATE OR DELETE ON oversight_stated
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

CREATE FUNCTION oversight_ended_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended CONSTANT text := CASE TG_TABLE_NAME WHEN 'oversight_book' THEN 'until' ELSE 'closed_at' END;
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) ->> ended IS NOT NULL
        OR (to_jsonb(NEW) - ended) IS DISTINCT FROM (to_jsonb(OLD) - ended) THEN
        RAISE EXCEPTION '% is ended, never edited', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_book_kept BEFORE UPDATE OR DELETE ON oversight_book
    FOR EACH ROW EXECUTE FUNCTION oversight_ended_once();
CREATE TRIGGER oversight_difference_kept BEFORE UPDATE OR DELETE ON oversight_difference
    FOR EACH ROW EXECUTE FUNCTION oversight_ended_once();

-- Keeps one statement, read already; what could not be read comes with its code. The newest version of a day and province
-- is taken, whichever came first; another content under a version is kept as evidence and changes nothing. `is_new` is
-- false for bytes that were here before. The day, and the days on which its messages came, are to be reconciled again.
CREATE FUNCTION oversight_take_statement(
    told jsonb, sent bytea, packed bytea, known_key bytea, digests bytea[],
    OUT id bigint, OUT state text, OUT code text, OUT field text, OUT received_at timestamptz, OUT key_id text,
    OUT is_new boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_source CONSTANT text := told ->> 'source';
    of_day CONSTANT date := (told ->> 'day')::date;
    of_province CONSTANT text := coalesce(told ->> 'province_code', '');
    of_version CONSTANT integer := (told ->> 'version')::integer;
    at CONSTANT timestamptz := current_setting('lienthong.at')::timestamptz;
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('lienthong.statement ' || of_source));
    SELECT kept.id, kept.state, kept.code, kept.field, kept.received_at, kept.key_id, false
    INTO id, state, code, field, received_at, key_id, is_new
    FROM oversight_statement AS kept WHERE kept.source = of_source AND kept.body_sha256 = sha256(sent);
    IF FOUND THEN
        RETURN;
    END IF;
    state := 'taken';
    code := coalesce(told ->> 'code', '');
    field := coalesce(told ->> 'field', '');
    IF code = '' AND NOT EXISTS (
        SELECT 1 FROM catalogues_division AS province
        WHERE province.code = of_province AND province.level = 'province' AND province.valid @> of_day) THEN
        code := 'E-VALUE';
        field := 'province_code';
    ELSIF code = '' AND EXISTS (
        SELECT 1 FROM oversight_statement AS kept
        WHERE kept.source = of_source AND kept.day = of_day AND kept.province_code = of_province
          AND kept.version = of_version AND kept.state <> 'refused') THEN
        code := 'E-ID-CONFLICT';
        field := 'version';
    END IF;
    IF code <> '' THEN
        state := 'refused';
    ELSIF EXISTS (
        SELECT 1 FROM oversight_statement AS kept
        WHERE kept.source = of_source AND kept.day = of_day AND kept.province_code = of_province
          AND kept.version > of_version AND kept.state = 'taken') THEN
        state := 'superseded';
    ELSE
        UPDATE oversight_statement AS kept SET state = 'superseded'
        WHERE kept.source = of_source AND kept.day = of_day AND kept.province_code = of_province
          AND kept.state = 'taken';
    END IF;
    INSERT INTO oversight_statement AS made (
        source, day, province_code, version, channel, peer, received_at, body, state, code, field, correlation_id,
        key_id, signer, public_key, base, signature_input, signature, coding, packed)
    VALUES (
        of_source, of_day, of_province, of_version, told ->> 'channel', told ->> 'peer', at, sent,
        oversight_take_statement.state, oversight_take_statement.code, oversight_take_statement.field,
        (told ->> 'correlation_id')::uuid, told ->> 'key_id', coalesce(told ->> 'signer', ''), known_key, told ->> 'base',
        told ->> 'signature_input', told ->> 'signature', told ->> 'coding',
        oversight_take_statement.packed)
    RETURNING made.id, made.received_at, made.key_id INTO id, received_at, key_id;
    is_new := true;
    IF state = 'refused' THEN
        RETURN;
    END IF;
    INSERT INTO oversight_statedcount (statement_id, commune_code, sent_count, listed_count)
    SELECT oversight_take_statement.id, line.commune_code, line.sent, line.listed
    FROM jsonb_to_recordset(told -> 'counts') AS line (commune_code text, sent integer, listed integer);
    INSERT INTO oversight_stated (statement_id, commune_code, message_id, sha256)
    SELECT oversight_take_statement.id, line ->> 0, line ->> 1, digests[place]
    FROM jsonb_array_elements(told -> 'lines') WITH ORDINALITY AS each (line, place);
    INSERT INTO oversight_lookedday (day, is_touched)
    SELECT of_day, true
    UNION
    SELECT (message.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, true
    FROM oversight_stated AS line
    JOIN births_message AS message ON message.source = of_source AND message.message_id = line.message_id
    WHERE line.statement_id = oversight_take_statement.id
    ORDER BY 1
    ON CONFLICT (day) DO UPDATE SET is_touched = true;
END $$;

REVOKE ALL ON oversight_statement, oversight_statedcount, oversight_stated, oversight_book, oversight_difference,
    oversight_resend, oversight_lookedday, oversight_arrivedday FROM lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE (state) ON oversight_statement TO lienthong_worker;
GRANT SELECT, INSERT ON oversight_statedcount, oversight_stated TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON oversight_book, oversight_difference, oversight_resend, oversight_lookedday
    TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON oversight_arrivedday TO lienthong_worker;
GRANT SELECT (id, source, day, province_code, version, channel, received_at, body_sha256, state, code, field, key_id)
    ON oversight_statement TO lienthong_web;
GRANT SELECT ON oversight_statedcount, oversight_stated, oversight_book, oversight_difference, oversight_lookedday
    TO lienthong_web;
GRANT SELECT, INSERT, UPDATE (asked_count, asked_at, asked_by) ON oversight_resend TO lienthong_web;

-- What is of a whole province is of its officers and of those of the province it has become part of; a difference with a
-- dossier also of the unit that has it. What no province can be told for is the centre's.
ALTER TABLE oversight_statement ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_statement FORCE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON oversight_statement FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT oversight_provinces_over_time())::text[]));
CREATE POLICY of_system ON oversight_statement TO lienthong_worker USING (true);

ALTER TABLE oversight_statedcount ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_statement ON oversight_statedcount FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_statement AS seen WHERE seen.id = statement_id));
CREATE POLICY of_system ON oversight_statedcount TO lienthong_worker USING (true);
ALTER TABLE oversight_stated ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_statement ON oversight_stated FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_statement AS seen WHERE seen.id = statement_id));
CREATE POLICY of_system ON oversight_stated TO lienthong_worker USING (true);

ALTER TABLE oversight_book ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_book FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON oversight_book FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON oversight_book TO lienthong_worker USING (true);

ALTER TABLE oversight_difference ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_difference FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON oversight_difference FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[])
           OR province_code = ANY ((SELECT oversight_provinces_over_time())::text[]));
CREATE POLICY of_system ON oversight_difference TO lienthong_worker USING (true);

ALTER TABLE oversight_resend ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_resend FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON oversight_resend TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON oversight_resend TO lienthong_worker USING (true);

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION oversight_take_statement(jsonb, bytea, bytea, bytea, bytea[]) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION oversight_take_statement(jsonb, bytea, bytea, bytea, bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_take_statement(jsonb, bytea, bytea, bytea, bytea[]) TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

INSERT INTO audit_subject (kind, table_name)
VALUES ('statement', 'oversight_statement'), ('book_difference', 'oversight_difference');

-- What has arrived from each province of a day, by the books, and what it last declared: whether a province is connected is
-- no secret among officers. The books of a province that was merged are those of the one that it has become part of.
CREATE FUNCTION oversight_arrivals(asked_on date)
RETURNS TABLE (province_code text, province_name text, first_on date, last_on date, day_count integer,
               message_count bigint, is_declared boolean, declared_since date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH days AS MATERIALIZED (
        SELECT arrived.province_code, arrived.day, arrived.message_count AS received
        FROM oversight_arrivedday AS arrived WHERE arrived.day <= asked_on
    ),
    homes AS MATERIALIZED (
        SELECT told.province_code AS old_code, catalogues_province_on(told.province_code, asked_on) AS new_code
        FROM (SELECT DISTINCT days.province_code FROM days) AS told
    ),
    arrived AS (
        SELECT homes.new_code, min(days.day) AS first_on, max(days.day) AS last_on,
               count(DISTINCT days.day)::integer AS day_count, sum(days.received)::bigint AS message_count
        FROM days JOIN homes ON homes.old_code = days.province_code GROUP BY homes.new_code
    )
    SELECT province.code, province.name, arrived.first_on, arrived.last_on, coalesce(arrived.day_count, 0),
           coalesce(arrived.message_count, 0), declared.is_connected, declared.since
    FROM catalogues_division AS province
    LEFT JOIN arrived ON arrived.new_code = province.code
    LEFT JOIN LATERAL (
        SELECT step.is_connected, step.since FROM oversight_connectionstep AS step
        WHERE step.province_code = province.code AND step.withdrawn_at IS NULL AND step.since <= asked_on
        ORDER BY step.since DESC, step.id DESC LIMIT 1) AS declared ON true
    WHERE province.level = 'province' AND province.valid @> asked_on
    ORDER BY province.code
$$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION oversight_arrivals(date) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION oversight_arrivals(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_arrivals(date) TO lienthong_web, lienthong_worker;
