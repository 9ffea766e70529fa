-- What a link shows, with the personal id that from 01/08/2025 stands beside the number; and after two records were merged
-- the card of the record that stands. Reads: cards_link, cards_card, persons_person, catalogues_unit, _facility, _division.
-- Writes: audit_entry, authz.link_attempt. Grain: one look. Repeatable: no, each look is logged. Refuses: nothing; `answer`
-- is 'none' for a link that is wrong, ended or revoked.
DROP FUNCTION cards_open_link(text, text, boolean, text);
CREATE FUNCTION cards_open_link(token text, address text, newest boolean, request text) RETURNS TABLE (
    answer text, wait_seconds integer, code text, insurance_number text, full_name text, birth_date date, sex text,
    benefit_level integer, area_code text, facility_code text, facility_name text, valid_from date, valid_to date,
    five_year_on date, unit_name text, province_name text, version integer, status text, approved_at timestamptz,
    ended_at timestamptz, link_ends_at timestamptz, has_newer boolean, personal_id text)
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
        WHERE card.person_id = ANY (persons_family(persons_survivor(own.person_id))) AND card.status = 'active'
          AND card.id <> own.id
        ORDER BY card.valid && own.valid DESC, lower(card.valid), card.id DESC LIMIT 1;
    END IF;
    shown := own;
    IF cards_open_link.newest AND newer_id IS NOT NULL THEN
        SELECT card.* INTO shown FROM cards_card AS card WHERE card.id = newer_id;
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    VALUES (clock_timestamp(), 'citizen:liên kết ' || opened.id, 0, 'viewed', 'card', shown.id,
            'Gia đình xem thẻ điện tử',
            '{full_name,birth_date,insurance_number,personal_id,card_code,facility,validity}', cards_open_link.request);
    RETURN QUERY
    SELECT 'card', 0, shown.code, shown.insurance_number, shown.full_name, shown.born_on, shown.sex,
           shown.benefit_level::integer, shown.area_code, shown.facility_code, coalesce(facility.name, ''),
           lower(shown.valid), upper(shown.valid) - 1, shown.five_year_on, unit.name, coalesce(province.name, ''),
           shown.version, shown.status, shown.approved_at, shown.ended_at, opened.ends_at,
           newer_id IS NOT NULL AND shown.id <> newer_id, coalesce(person.personal_id, '')
    FROM catalogues_unit AS unit
    LEFT JOIN persons_person AS person ON person.id = persons_survivor(shown.person_id)
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
