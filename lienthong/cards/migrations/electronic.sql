-- Electronic cards: whose rows, what is written once, and the one door through which a parent sees a card.

GRANT SELECT, INSERT ON cards_formchoice TO lienthong_web;
GRANT UPDATE (valid) ON cards_formchoice TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON cards_formchoice TO lienthong_worker;
ALTER TABLE cards_formchoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON cards_formchoice FOR SELECT USING (true);
CREATE POLICY of_centre_new ON cards_formchoice FOR INSERT TO lienthong_web WITH CHECK ((SELECT authz.everywhere()));
CREATE POLICY of_centre ON cards_formchoice FOR UPDATE TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_system ON cards_formchoice TO lienthong_worker USING (true);

-- A choice may be ended, that is shortened from its end; nothing else of it changes. Ended before its first day it is
-- empty, and stands for a choice that never counted.
CREATE FUNCTION cards_form_choice_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'valid') IS DISTINCT FROM (to_jsonb(OLD) - 'valid')
            OR NOT OLD.valid @> NEW.valid
            OR (NOT isempty(NEW.valid) AND lower(NEW.valid) <> lower(OLD.valid)) THEN
        RAISE EXCEPTION 'a choice of form can only be ended' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_form_choice_kept BEFORE UPDATE OR DELETE ON cards_formchoice
    FOR EACH ROW EXECUTE FUNCTION cards_form_choice_kept();

GRANT SELECT, INSERT ON cards_paperrequest TO lienthong_web, lienthong_worker;
ALTER TABLE cards_paperrequest ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_paperrequest FORCE ROW LEVEL SECURITY;
CREATE POLICY of_card ON cards_paperrequest TO lienthong_web
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));
CREATE POLICY of_system ON cards_paperrequest TO lienthong_worker USING (true);
CREATE TRIGGER cards_paper_request_kept BEFORE UPDATE OR DELETE ON cards_paperrequest
    FOR EACH STATEMENT EXECUTE FUNCTION cards_written_once();

-- A link: the server's clock says how long it lives, and nobody reads back what opens it, hashed as it is.
ALTER TABLE cards_link
    ALTER COLUMN made_at SET DEFAULT clock_timestamp(),
    ALTER COLUMN ends_at SET DEFAULT clock_timestamp() + interval '30 days',
    ADD CONSTRAINT link_token_is_a_digest CHECK (octet_length(token_sha256) = 32),
    ADD CONSTRAINT link_lives_a_month CHECK (ends_at <= made_at + interval '30 days 1 minute');
GRANT SELECT (id, card_id, made_by, made_at, ends_at, revoked_at, revoked_by) ON cards_link TO lienthong_web;
GRANT INSERT (token_sha256, card_id, made_by), UPDATE (revoked_at, revoked_by) ON cards_link TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON cards_link TO lienthong_worker;
ALTER TABLE cards_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_link FORCE ROW LEVEL SECURITY;
CREATE POLICY of_card ON cards_link TO lienthong_web
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id))
    WITH CHECK (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));
CREATE POLICY of_system ON cards_link TO lienthong_worker USING (true);

CREATE FUNCTION cards_link_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
            OR (to_jsonb(NEW) - '{revoked_at,revoked_by}'::text[])
                IS DISTINCT FROM (to_jsonb(OLD) - '{revoked_at,revoked_by}'::text[]) THEN
        RAISE EXCEPTION 'a link can only be revoked, once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_link_kept BEFORE UPDATE OR DELETE ON cards_link
    FOR EACH ROW EXECUTE FUNCTION cards_link_kept();

-- Links that opened nothing, by network address (hashed): thirty in ten minutes, then the address waits. A link that
-- is right always opens, so that nobody's mistakes at a shared address keep a parent out.
CREATE TABLE authz.link_attempt (
    door bytea PRIMARY KEY,
    failure_count integer NOT NULL,
    since timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON authz.link_attempt TO lienthong_worker;

-- What a link shows: one card's facts, and the row of who looked, written in the same statement. `answer` is 'card' or
-- 'none' (wrong, ended and revoked alike), with the seconds that the address is to wait. `newest` asks for the card that
-- came in place of the link's own.
CREATE FUNCTION cards_open_link(token text, address text, newest boolean, request text) RETURNS TABLE (
    answer text, wait_seconds integer, code text, insurance_number text, full_name text, birth_date date, sex text,
    benefit_level integer, area_code text, facility_code text, facility_name text, valid_from date, valid_to date,
    five_year_on date, unit_name text, province_name text, version integer, status text, approved_at timestamptz,
    ended_at timestamptz, link_ends_at timestamptz, has_newer boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    from_door bytea := sha256(convert_to('address:' || cards_open_link.address, 'UTF8'));
    opened cards_link;
    own cards_card;
    shown cards_card;
    newer_id bigint;
    failures integer;
    began timestamptz;
BEGIN
    SELECT link.* INTO opened FROM cards_link AS link
    WHERE link.token_sha256 = sha256(convert_to(cards_open_link.token, 'UTF8'))
      AND link.revoked_at IS NULL AND link.ends_at > clock_timestamp();
    IF opened.id IS NULL THEN
        DELETE FROM authz.link_attempt AS old WHERE old.since < clock_timestamp() - interval '10 minutes';
        INSERT INTO authz.link_attempt AS held (door, failure_count, since) VALUES (from_door, 1, clock_timestamp())
        ON CONFLICT (door) DO UPDATE SET failure_count = held.failure_count + 1
        RETURNING held.failure_count, held.since INTO failures, began;
        answer := 'none';
        wait_seconds := CASE WHEN failures > 30
            THEN greatest(1, ceil(extract(epoch FROM began + interval '10 minutes' - clock_timestamp()))::integer)
            ELSE 0 END;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT card.* INTO own FROM cards_card AS card WHERE card.id = opened.card_id;
    IF own.status <> 'active' THEN
        SELECT card.id INTO newer_id FROM cards_card AS card
        WHERE card.person_id = own.person_id AND card.status = 'active' AND card.id <> own.id
        ORDER BY upper(card.valid) DESC, card.id DESC LIMIT 1;
    END IF;
    shown := own;
    IF cards_open_link.newest AND newer_id IS NOT NULL THEN
        SELECT card.* INTO shown FROM cards_card AS card WHERE card.id = newer_id;
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    VALUES (clock_timestamp(), 'citizen:liên kết ' || opened.id, 0, 'viewed', 'card', shown.id,
            'Gia đình xem thẻ điện tử',
            '{full_name,birth_date,insurance_number,card_code,facility,validity}', cards_open_link.request);
    RETURN QUERY
    SELECT 'card', 0, shown.code, shown.insurance_number, shown.full_name, shown.born_on, shown.sex,
           shown.benefit_level::integer, shown.area_code, shown.facility_code, coalesce(facility.name, ''),
           lower(shown.valid), upper(shown.valid) - 1, shown.five_year_on, unit.name, coalesce(province.name, ''),
           shown.version, shown.status, shown.approved_at, shown.ended_at, opened.ends_at,
           newer_id IS NOT NULL AND shown.id <> newer_id
    FROM catalogues_unit AS unit
    LEFT JOIN LATERAL (
        SELECT name FROM catalogues_facility WHERE code = shown.facility_code ORDER BY id DESC LIMIT 1) AS facility
        ON true
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = shown.province_code AND division.level = 'province'
          AND division.valid @> (shown.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1) AS province ON true
    WHERE unit.id = shown.unit_id;
END $$;
-- It must see the card whoever owns the tables; the pages' role gets this one answer and no table.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_open_link(text, text, boolean, text) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION cards_open_link(text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cards_open_link(text, text, boolean, text) TO lienthong_web;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
INSERT INTO audit_subject (kind, table_name) VALUES ('form_choice', 'cards_formchoice') ON CONFLICT DO NOTHING;
