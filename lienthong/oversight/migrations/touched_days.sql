-- What a statement changes: its own day, the days on which messages of it or of the version that it replaces came, and the
-- days of other statements that name one of them too. All are to be reconciled again, or a message would count on two days,
-- or on none, until the night. A version that is older than the taken one changes nothing.
-- Reads: authz.session, catalogues_division, births_message. Writes: oversight_statement, oversight_statedcount,
--        oversight_stated, oversight_lookedday. Grain: a statement. Repeatable: the same bytes again are found.
-- Refuses: a write without an actor. Finds each message by index (`OFFSET 0`), whatever the planner thinks of sizes.
CREATE OR REPLACE FUNCTION oversight_take_statement(
    told jsonb, sent bytea, packed bytea, known_key bytea, digests bytea[],
    OUT id bigint, OUT state text, OUT code text, OUT field text, OUT received_at timestamptz, OUT key_id text,
    OUT is_new boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    of_source CONSTANT text := told ->> 'source';
    of_day CONSTANT date := (told ->> 'day')::date;
    of_province CONSTANT text := coalesce(told ->> 'province_code', '');
    of_version CONSTANT integer := (told ->> 'version')::integer;
    at CONSTANT timestamptz := current_setting('lienthong.at')::timestamptz;
    replaced_id bigint;
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
          AND kept.state = 'taken'
        RETURNING kept.id INTO replaced_id;
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
    IF state = 'superseded' THEN
        RETURN;
    END IF;
    INSERT INTO oversight_lookedday (day, is_touched)
    WITH named AS MATERIALIZED (
        SELECT DISTINCT line.message_id, line.sha256
        FROM oversight_stated AS line
        WHERE line.statement_id IN (oversight_take_statement.id, replaced_id)
    )
    SELECT of_day, true
    UNION
    SELECT (came.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, true
    FROM named
    CROSS JOIN LATERAL (
        SELECT message.received_at FROM births_message AS message
        WHERE message.source = of_source AND message.message_id IN (
            named.message_id, 'KHONG-MA-' || upper(left(encode(named.sha256, 'hex'), 24)))
        OFFSET 0) AS came
    UNION
    SELECT again.day, true
    FROM named
    CROSS JOIN LATERAL (
        SELECT other.day
        FROM oversight_stated AS line
        JOIN oversight_statement AS other
            ON other.id = line.statement_id AND other.source = of_source AND other.state = 'taken'
        WHERE line.message_id = named.message_id
        OFFSET 0) AS again
    ORDER BY 1
    ON CONFLICT (day) DO UPDATE SET is_touched = true;
END $$;
