-- The citizens' door: one child, named exactly, or nothing; who asked in vain too often waits.
-- Reads: births_registration, dossiers_dossier, dossiers_event, catalogues_unit, _division, cards_card, accounts_officer,
-- accounts_machine, audit_entry, notices_passcode, and what cards_find reads.
-- Writes: authz.portal_attempt, cards_lookuptarget, audit_entry.

-- Questions in vain, by network (hashed). A right one always opens: others' mistakes in a shared network hurt nobody.
CREATE TABLE authz.portal_attempt (
    door bytea PRIMARY KEY,
    miss_count integer NOT NULL,
    since timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON authz.portal_attempt TO lienthong_worker;

-- Whoever is named by number, personal id, card, dossier code or entry of the register, with name and whole birth date.
-- `answer`: 'match', 'none' (nobody, or too many asked in vain for this name and date: alike), or 'wait' with the seconds.
CREATE FUNCTION births_follow(asked jsonb) RETURNS TABLE (
    answer text, wait_seconds integer, person_id bigint, verdict text, valid_from date, valid_to date, dossier_code text,
    state text, reason text, received_at timestamptz, due_on date, closed_on date, unit_name text, commune_name text,
    province_name text, written_commune_code text, steps jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    from_door bytea := sha256(convert_to('portal:' || (asked ->> 'door'), 'UTF8'));
    wanted bytea := decode(asked ->> 'target', 'hex');
    this_day date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    most_misses integer; most_at_target integer; failures integer; began timestamptz; at_target integer;
    kind text := asked ->> 'kind';
    found record;
    seen dossiers_dossier;
    holder bigint;
    is_match boolean := false;
BEGIN
    SELECT max(value) FILTER (WHERE name = 'portal_misses'), max(value) FILTER (WHERE name = 'target_misses')
    INTO most_misses, most_at_target FROM cards_lookupsetting;
    -- One network's questions, and those about one person, wait for one another: the counts are exact.
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(from_door, 'hex'), 0));
    PERFORM pg_advisory_xact_lock(hashtextextended(asked ->> 'target', 0));
    DELETE FROM authz.portal_attempt AS old WHERE old.since < clock_timestamp() - interval '1 hour';
    SELECT held.miss_count, held.since INTO failures, began FROM authz.portal_attempt AS held WHERE held.door = from_door;
    SELECT kept.miss_count INTO at_target FROM cards_lookuptarget AS kept
    WHERE kept.target = wanted AND kept.day = this_day;

    IF kind = 'dossier' THEN
        SELECT dossier.* INTO seen FROM dossiers_dossier AS dossier WHERE dossier.code = asked ->> 'code' LIMIT 1;
    ELSIF kind = 'registration' THEN
        SELECT dossier.* INTO seen
        FROM births_registration AS registration
        JOIN dossiers_dossier AS dossier
          ON dossier.id = coalesce(registration.dossier_id, registration.joined_dossier_id)
        WHERE registration.commune_code = asked ->> 'commune' AND registration.book = asked ->> 'book'
          AND registration.number = asked ->> 'entry' AND registration.year = (asked ->> 'year')::smallint;
    END IF;
    IF kind IN ('dossier', 'registration') THEN
        is_match := seen.id IS NOT NULL AND name_match_key(seen.child_name) = asked ->> 'name_key'
            AND seen.child_born_on = make_date((asked ->> 'born_year')::integer, (asked ->> 'born_month')::integer,
                                               (asked ->> 'born_day')::integer);
        holder := seen.person_id;
        -- Without a number there is nobody to find, and no row.
        SELECT * INTO found FROM cards_find(
            CASE WHEN is_match AND seen.insurance_number IS NOT NULL THEN jsonb_build_array(
                asked || jsonb_build_object('place', 0, 'number', seen.insurance_number, 'personal_id', NULL,
                                            'card_code', NULL, 'card_prefix', NULL))
            ELSE '[]' END);
    ELSE
        SELECT * INTO found FROM cards_find(jsonb_build_array(asked || jsonb_build_object('place', 0)));
        is_match := found.is_match;
        holder := found.person_id;
    END IF;
    is_match := is_match AND coalesce(at_target, 0) < most_at_target;

    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    VALUES (clock_timestamp(), 'citizen:tra cứu', 0, CASE WHEN is_match THEN 'viewed' ELSE 'lookup.missed' END,
            CASE WHEN NOT is_match THEN '' WHEN holder IS NULL THEN 'dossier' ELSE 'person' END,
            CASE WHEN is_match THEN coalesce(holder, seen.id) END, 'Gia đình tra cứu hồ sơ, thẻ',
            CASE WHEN is_match THEN '{events,validity}' ELSE '{}' END::text[], coalesce(asked ->> 'request', ''));
    IF NOT is_match THEN
        INSERT INTO authz.portal_attempt AS held (door, miss_count, since) VALUES (from_door, 1, clock_timestamp())
        ON CONFLICT (door) DO UPDATE SET miss_count = held.miss_count + 1
        RETURNING held.miss_count, held.since INTO failures, began;
        INSERT INTO cards_lookuptarget AS kept (target, day, miss_count) VALUES (wanted, this_day, 1)
        ON CONFLICT (target, day) DO UPDATE SET miss_count = kept.miss_count + 1;
        answer := CASE WHEN failures > most_misses THEN 'wait' ELSE 'none' END;
        wait_seconds := CASE WHEN failures > most_misses
            THEN greatest(1, ceil(extract(epoch FROM began + interval '1 hour' - clock_timestamp()))::integer)
            ELSE 0 END;
        RETURN NEXT;
        RETURN;
    END IF;
    IF seen.id IS NULL THEN
        SELECT dossier.* INTO seen FROM dossiers_dossier AS dossier
        WHERE dossier.person_id = holder AND dossier.kind = 'first' ORDER BY dossier.id DESC LIMIT 1;
    END IF;
    RETURN QUERY
    SELECT 'match', 0, holder, found.verdict,
           coalesce(found.new_valid_from, found.valid_from), coalesce(found.new_valid_to, found.valid_to),
           seen.code, seen.state, seen.reason, seen.received_at, seen.due_on, seen.closed_on,
           (SELECT unit.name FROM catalogues_unit AS unit WHERE unit.id = seen.unit_id),
           coalesce((SELECT place.name FROM catalogues_division AS place
                     WHERE place.code = seen.resolved_commune_code AND place.level = 'commune'
                       AND place.valid @> this_day LIMIT 1), ''),
           coalesce((SELECT place.name FROM catalogues_division AS place
                     WHERE place.code = seen.province_code AND place.level = 'province'
                       AND place.valid @> this_day LIMIT 1), ''),
           seen.commune_code,
           (SELECT jsonb_object_agg(event.to_state, event.at) FROM (
                SELECT to_state, max(at) AS at FROM dossiers_event WHERE dossier_id = seen.id GROUP BY to_state) AS event);
END $$;

-- The child whose code was opened within the last quarter of an hour; NULL for anything else.
CREATE FUNCTION births_family_of(nonce uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT code.person_id FROM notices_passcode AS code
    WHERE code.nonce = births_family_of.nonce AND code.opened_at > clock_timestamp() - interval '15 minutes'
$$;

-- What the family sees of its child's card after the code; the look is logged in the same statement.
CREATE FUNCTION births_family_card(nonce uuid, request text) RETURNS TABLE (
    full_name text, born_on date, sex text, insurance_number text, code text, status text, valid_from date, valid_to date,
    five_year_on date, facility_code text, facility_name text, unit_name text, benefit_level integer, area_code text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    child bigint := births_family_of(births_family_card.nonce);
BEGIN
    IF child IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    VALUES (clock_timestamp(), 'citizen:mã xác nhận', 0, 'viewed', 'person', child, 'Gia đình xem thẻ và ai đã xem',
            '{full_name,birth_date,insurance_number,card_code,facility,validity}', births_family_card.request);
    RETURN QUERY
    SELECT person.full_name, person.born_on, person.sex,
           coalesce((SELECT ledger.number FROM persons_number AS ledger
                     WHERE ledger.person_id = person.id AND ledger.status = 'active'), ''),
           card.code, card.status, lower(card.valid), upper(card.valid) - 1, card.five_year_on,
           coalesce(card.facility_code, ''),
           coalesce((SELECT listed.name FROM catalogues_facility AS listed WHERE listed.code = card.facility_code
                     ORDER BY listed.id DESC LIMIT 1), ''),
           coalesce(unit.name, ''), card.benefit_level::integer, coalesce(card.area_code, '')
    FROM persons_person AS person
    LEFT JOIN LATERAL (
        SELECT held.* FROM cards_card AS held
        WHERE held.person_id = person.id AND held.status IN ('active', 'superseded', 'expired', 'revoked')
        ORDER BY held.status = 'active' AND held.valid @> (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date DESC,
                 held.status = 'active' DESC, held.id DESC LIMIT 1) AS card ON true
    LEFT JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    WHERE person.id = child;
END $$;

-- Who looked at the child's data, the latest first: offices and hospitals by name, officers by their role (INV-34).
CREATE FUNCTION births_family_views(nonce uuid) RETURNS TABLE (
    at timestamptz, kind text, title text, place text, purpose text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH child AS (SELECT births_family_of(births_family_views.nonce) AS id),
    family AS (SELECT unnest(persons_family(child.id)) AS id FROM child WHERE child.id IS NOT NULL),
    subject (kind, id) AS (
        SELECT 'person', family.id FROM family
        UNION ALL SELECT 'card', card.id FROM family JOIN cards_card AS card ON card.person_id = family.id
        UNION ALL SELECT 'dossier', dossier.id FROM family JOIN dossiers_dossier AS dossier ON dossier.person_id = family.id
        UNION ALL SELECT 'temporary_code', given.id
        FROM family JOIN cards_temporarycode AS given ON given.person_id = family.id)
    SELECT max(entry.at), split_part(entry.by, ':', 1),
           coalesce(officer.role, machine.title_vi, split_part(entry.by, ':', 2)),
           coalesce(unit.name, province.name, ''), entry.purpose
    FROM subject
    JOIN audit_entry AS entry
      ON entry.subject_kind = subject.kind AND entry.subject_id = subject.id AND entry.action = 'viewed'
    LEFT JOIN accounts_officer AS officer
      ON entry.by LIKE 'officer:%' AND officer.username = substr(entry.by, 9)
    LEFT JOIN accounts_machine AS machine
      ON entry.by LIKE 'machine:%' AND machine.name = substr(entry.by, 9)
    LEFT JOIN catalogues_unit AS unit ON officer.unit_code <> '' AND unit.code = officer.unit_code
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = officer.province_code AND division.level = 'province'
          AND division.valid @> (entry.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1) AS province ON true
    -- One page that shows card, person and dossier is one look.
    GROUP BY entry.xact, entry.by, officer.role, machine.title_vi, unit.name, province.name, entry.purpose
    ORDER BY max(entry.at) DESC LIMIT 500
$$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_follow(jsonb) OWNER TO lienthong_worker;
ALTER FUNCTION births_family_of(uuid) OWNER TO lienthong_worker;
ALTER FUNCTION births_family_card(uuid, text) OWNER TO lienthong_worker;
ALTER FUNCTION births_family_views(uuid) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION births_follow(jsonb), births_family_of(uuid), births_family_card(uuid, text),
    births_family_views(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_follow(jsonb), births_family_card(uuid, text), births_family_views(uuid)
TO lienthong_web;
