-- Temporary codes: the functions by which a hospital gets one and reads its own, and who else sees or changes a code.
-- Reads: accounts_machine, _machinestaff, _suspension, authz.credential, catalogues_facility, _division, persons_number,
-- cards_card. Writes: cards_temporarycode, audit_entry.

INSERT INTO cards_lookupsetting (name, value) VALUES
    ('temporary_codes_a_day', 500);   -- new codes that one account may take in one Vietnamese day

ALTER TABLE cards_temporarycode ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_temporarycode FORCE ROW LEVEL SECURITY;
CREATE POLICY of_system ON cards_temporarycode TO lienthong_worker USING (true);
-- Officers see a code when the task about it lies in their area, or a dossier of the child it is, or was, tied to.
CREATE POLICY of_doubt ON cards_temporarycode TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_task AS task WHERE task.id = doubt_id)
           OR EXISTS (SELECT 1 FROM dossiers_dossier AS dossier
                      WHERE dossier.person_id = ANY (cards_temporarycode.not_persons || cards_temporarycode.person_id)))
    WITH CHECK (true);
GRANT SELECT, UPDATE (person_id, linked_at, linked_by, link_reason, not_persons, looked_at) ON cards_temporarycode
    TO lienthong_web;

-- What was given out stays: the code, who asked for it, and where. Facts are mended until the child is known.
CREATE FUNCTION cards_temporary_code_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
            OR (NEW.code, NEW.facility_code, NEW.machine_id, NEW.issued_by, NEW.issued_at, NEW.province_code)
                IS DISTINCT FROM (OLD.code, OLD.facility_code, OLD.machine_id, OLD.issued_by, OLD.issued_at, OLD.province_code)
            OR lower(NEW.valid) <> lower(OLD.valid) THEN
        RAISE EXCEPTION 'a temporary code keeps what was given out' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_temporary_code_kept BEFORE UPDATE OR DELETE ON cards_temporarycode
    FOR EACH ROW EXECUTE FUNCTION cards_temporary_code_kept();

-- A card that is asked for wakes the codes of its child, and of nobody else; without any code it costs one look.
CREATE FUNCTION cards_card_wakes_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cards_temporarycode WHERE looked_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    WITH child AS MATERIALIZED (
        SELECT DISTINCT person.birth_notice_code, person.mother_personal_id, person.born_on
        FROM new_rows JOIN persons_person AS person ON person.id = new_rows.person_id
    ), woken AS MATERIALIZED (
        SELECT code.id FROM child JOIN cards_temporarycode AS code ON code.birth_notice_code = child.birth_notice_code
        WHERE child.birth_notice_code <> '' AND code.birth_notice_code <> ''
        UNION
        SELECT code.id FROM child
        JOIN cards_temporarycode AS code
          ON code.mother_personal_id = child.mother_personal_id AND code.born_on = child.born_on
        WHERE child.mother_personal_id <> '' AND code.mother_personal_id <> ''
    )
    UPDATE cards_temporarycode AS code SET looked_at = NULL
    FROM (SELECT locked.id FROM cards_temporarycode AS locked
          WHERE locked.id IN (SELECT id FROM woken) ORDER BY locked.id FOR UPDATE) AS theirs
    WHERE code.id = theirs.id AND code.looked_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER cards_card_wakes_codes AFTER INSERT ON cards_card
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cards_card_wakes_codes();

-- Whether an account and its staff member may act now; `verdict` is a value of cards.lookup.Verdict, '' when all is well.
CREATE FUNCTION cards_hospital_door(asked jsonb) RETURNS TABLE (
    verdict text, machine_id bigint, facility_code text, facility_name text, staff_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN NOT coalesce(setting.is_open, false) THEN 'closed'
                WHEN machine.id IS NULL OR (said.token_at < credential.changed_at) IS TRUE THEN 'no_account'
                WHEN said.asks_staff AND staff.id IS NULL THEN 'staff_unknown'
                WHEN said.asks_staff AND (name_match_key(staff.full_name) = said.staff_name_key) IS NOT TRUE THEN 'staff_name'
                ELSE '' END,
           machine.id, machine.facility_code, coalesce(facility.name, machine.title_vi, ''), staff.id
    FROM jsonb_to_record(asked) AS said (
        account text, token_at timestamptz, asks_staff boolean, staff_personal_id text, staff_name_key text)
    LEFT JOIN LATERAL (
        SELECT value = 1 AS is_open FROM cards_lookupsetting WHERE name = 'is_open') AS setting ON true
    LEFT JOIN LATERAL (
        SELECT known.* FROM accounts_machine AS known
        WHERE known.name = said.account AND known.role = 'hospital' AND known.is_active AND NOT EXISTS (
            SELECT 1 FROM accounts_suspension AS suspension
            WHERE suspension.machine_id = known.id AND suspension.lifted_at IS NULL)) AS machine ON true
    LEFT JOIN authz.credential AS credential
      ON credential.account_kind = 'machine' AND credential.account_id = machine.id
    LEFT JOIN accounts_machinestaff AS staff
      ON said.asks_staff AND staff.machine_id = machine.id AND staff.personal_id = said.staff_personal_id
     AND staff.ended_at IS NULL
    LEFT JOIN LATERAL (
        SELECT listed.name FROM catalogues_facility AS listed WHERE listed.code = machine.facility_code
        ORDER BY listed.id DESC LIMIT 1) AS facility ON true
$$;

-- The code of a newborn: the one it has at this facility, or a new one. Asked again, it is the same; twins have two.
-- A birth notice names one child; without it the mother, day, sex and order of birth do, or whoever came with the child.
CREATE FUNCTION cards_give_temporary_code(asked jsonb) RETURNS TABLE (
    verdict text, wait_seconds integer, code text, is_new boolean, valid_from date, valid_to date)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    door record; child record; known cards_temporarycode%ROWTYPE;
    now_at timestamptz := clock_timestamp();
    this_day date := (now_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    by_whom text := 'machine:' || coalesce(asked ->> 'account', '');
    most integer; fresh boolean := false;
BEGIN
    SELECT * INTO door FROM cards_hospital_door(asked);
    SELECT * INTO child FROM jsonb_to_record(asked) AS said (
        full_name text, carer_name text, carer_relation text, mother_personal_id text, birth_notice_code text,
        born_on date, sex text, address text, province_code text, birth_order smallint, admitted_on date, last_on date,
        is_discharged boolean, request text, purpose text);
    IF door.verdict = '' AND door.facility_code = '' THEN
        door.verdict := 'no_account';
    END IF;
    IF child.carer_relation = 'facility' THEN
        -- A foundling's province is that of the facility.
        child.province_code := coalesce((SELECT listed.province_code FROM catalogues_facility AS listed
                                         WHERE listed.code = door.facility_code ORDER BY listed.id DESC LIMIT 1),
                                        left(door.facility_code, 2));
        child.carer_name := coalesce(nullif(child.carer_name, ''), door.facility_name);
    END IF;
    IF door.verdict = '' AND NOT EXISTS (
            SELECT 1 FROM catalogues_division AS province
            WHERE province.code = child.province_code AND province.level = 'province' AND province.valid @> this_day) THEN
        door.verdict := 'bad_province';
    END IF;
    IF door.verdict <> '' THEN
        INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, purpose, fields, request_id, detail)
        VALUES (now_at, by_whom, coalesce(door.machine_id, 0), 'temporary.refused', '', '', '{}',
                coalesce(child.request, ''), jsonb_build_object('verdict', door.verdict));
        RETURN QUERY SELECT door.verdict, 0, NULL::text, false, NULL::date, NULL::date;
        RETURN;
    END IF;
    -- Those who ask for one facility's children of one day wait for one another: no child gets two codes in a race.
    PERFORM pg_advisory_xact_lock(hashtextextended('lienthong.temporary:' || door.facility_code, 0));
    SELECT held.* INTO known FROM cards_temporarycode AS held
    WHERE held.facility_code = door.facility_code
      AND CASE WHEN child.birth_notice_code <> '' AND held.birth_notice_code <> ''
               THEN held.birth_notice_code = child.birth_notice_code
               ELSE held.born_on = child.born_on AND held.sex = child.sex AND held.birth_order = child.birth_order
                    AND held.mother_personal_id = child.mother_personal_id
                    AND (child.mother_personal_id <> '' OR held.carer_relation = child.carer_relation
                         AND name_match_key(held.carer_name) = name_match_key(child.carer_name)) END
      AND (held.born_on = child.born_on OR held.birth_notice_code <> '')
    ORDER BY (held.birth_notice_code = child.birth_notice_code) DESC, held.id LIMIT 1;
    IF known.id IS NULL THEN
        SELECT value INTO most FROM cards_lookupsetting WHERE name = 'temporary_codes_a_day';
        IF (SELECT count(*) FROM cards_temporarycode AS today
            WHERE today.machine_id = door.machine_id
              AND today.issued_at >= this_day::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh') >= most THEN
            INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, purpose, fields, request_id, detail)
            VALUES (now_at, by_whom, door.machine_id, 'temporary.refused', '', '', '{}', coalesce(child.request, ''),
                    '{"verdict": "over_limit"}');
            RETURN QUERY SELECT 'over_limit', ceil(extract(epoch FROM
                (this_day + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' - now_at))::integer,
                NULL::text, false, NULL::date, NULL::date;
            RETURN;
        END IF;
        INSERT INTO cards_temporarycode AS made (
            code, facility_code, machine_id, staff_id, issued_by, issued_at, full_name, carer_name, carer_relation,
            mother_personal_id, birth_notice_code, born_on, sex, address, province_code, valid, birth_order)
        VALUES ('TE1' || child.province_code || nextval('cards_temporary_serial'), door.facility_code, door.machine_id,
                door.staff_id, by_whom, now_at, child.full_name, child.carer_name, child.carer_relation,
                child.mother_personal_id, child.birth_notice_code, child.born_on, child.sex, child.address,
                child.province_code, daterange(child.admitted_on, child.last_on, '[]'), child.birth_order)
        RETURNING made.* INTO known;
        fresh := true;
    ELSE
        -- Until the child is known the facility mends its own words; a stay ends with discharge, another one begins.
        UPDATE cards_temporarycode AS held
        SET full_name = coalesce(nullif(child.full_name, ''), held.full_name),
            carer_name = CASE WHEN held.person_id IS NULL THEN child.carer_name ELSE held.carer_name END,
            birth_notice_code = CASE WHEN held.birth_notice_code = '' THEN child.birth_notice_code
                                     ELSE held.birth_notice_code END,
            mother_personal_id = CASE WHEN held.person_id IS NULL AND child.mother_personal_id <> ''
                                      THEN child.mother_personal_id ELSE held.mother_personal_id END,
            born_on = CASE WHEN held.person_id IS NULL AND child.born_on <= lower(held.valid) THEN child.born_on
                           ELSE held.born_on END,
            sex = CASE WHEN held.person_id IS NULL THEN child.sex ELSE held.sex END,
            address = coalesce(nullif(child.address, ''), held.address),
            valid = CASE WHEN child.is_discharged
                         THEN daterange(lower(held.valid), greatest(child.last_on, lower(held.valid)), '[]')
                         WHEN child.admitted_on >= upper(held.valid)
                         THEN daterange(lower(held.valid), child.last_on, '[]')
                         ELSE held.valid END,
            looked_at = CASE WHEN held.person_id IS NULL THEN NULL ELSE held.looked_at END
        WHERE held.id = known.id RETURNING held.* INTO known;
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id,
                             detail)
    VALUES (now_at, by_whom, door.machine_id, 'temporary.given', 'temporary_code', known.id, '', '{}',
            coalesce(child.request, ''), jsonb_strip_nulls(jsonb_build_object('new', fresh, 'staff', door.staff_id)));
    RETURN QUERY SELECT '', 0, known.code, fresh, lower(known.valid), upper(known.valid) - 1;
END $$;

-- A facility's own codes, the latest first, or one of them by `code`; and the card that each leads to. Logged as views.
-- One row at least: a refusal, or nothing found, is a row without a code.
CREATE FUNCTION cards_temporary_codes(asked jsonb) RETURNS TABLE (
    verdict text, code text, issued_at timestamptz, full_name text, carer_name text, carer_relation text, born_on date,
    sex text, birth_order integer, valid_from date, valid_to date, is_linked boolean, card_code text,
    card_valid_from date, card_valid_to date)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    door record; found bigint[]; one text := coalesce(asked ->> 'code', '');
BEGIN
    SELECT * INTO door FROM cards_hospital_door(asked);
    IF door.verdict = '' THEN
        SELECT array_agg(own.id ORDER BY own.id DESC) INTO found FROM (
            SELECT held.id FROM cards_temporarycode AS held
            WHERE held.machine_id = door.machine_id
              AND CASE WHEN one <> '' THEN held.code = one ELSE held.issued_at >= (asked ->> 'since')::timestamptz END
            ORDER BY held.id DESC LIMIT 200) AS own;
        INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id,
                                 detail)
        SELECT clock_timestamp(), 'machine:' || (asked ->> 'account'), door.machine_id, 'viewed', 'temporary_code', seen.id,
               'Xem mã thẻ tạm của cơ sở', ARRAY['full_name', 'birth_date', 'card_code'], coalesce(asked ->> 'request', ''),
               jsonb_strip_nulls(jsonb_build_object('staff', door.staff_id))
        FROM unnest(found) AS seen (id);
    END IF;
    IF found IS NULL THEN
        RETURN QUERY SELECT door.verdict, NULL::text, NULL::timestamptz, '', '', '', NULL::date, '', 0, NULL::date,
            NULL::date, false, NULL::text, NULL::date, NULL::date;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT '', held.code, held.issued_at, held.full_name, held.carer_name, held.carer_relation, held.born_on, held.sex,
           held.birth_order::integer, lower(held.valid), upper(held.valid) - 1, held.person_id IS NOT NULL, card.code,
           lower(card.valid), upper(card.valid) - 1
    FROM unnest(found) WITH ORDINALITY AS own (id, place)
    JOIN cards_temporarycode AS held ON held.id = own.id
    LEFT JOIN LATERAL (
        SELECT real.code, real.valid FROM cards_card AS real
        WHERE held.person_id IS NOT NULL AND real.status = 'active'
          AND real.person_id = ANY (persons_family(persons_survivor(held.person_id)))
        ORDER BY lower(real.valid) DESC, real.id DESC LIMIT 1) AS card ON true
    ORDER BY own.place;
END $$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_card_wakes_codes() OWNER TO lienthong_worker;
ALTER FUNCTION cards_hospital_door(jsonb) OWNER TO lienthong_worker;
ALTER FUNCTION cards_give_temporary_code(jsonb) OWNER TO lienthong_worker;
ALTER FUNCTION cards_temporary_codes(jsonb) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION cards_card_wakes_codes(), cards_hospital_door(jsonb), cards_give_temporary_code(jsonb),
    cards_temporary_codes(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cards_give_temporary_code(jsonb), cards_temporary_codes(jsonb) TO lienthong_gateway;
GRANT EXECUTE ON FUNCTION cards_hospital_door(jsonb), cards_give_temporary_code(jsonb), cards_temporary_codes(jsonb)
    TO lienthong_web, lienthong_worker;
