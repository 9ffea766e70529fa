-- What a family sees of its child's card after the code, with the personal id that from 01/08/2025 stands beside the number.
-- Reads: notices_passcode, persons_person, persons_number, cards_card, catalogues_unit, _facility. Writes: audit_entry.
-- Grain: one look. Repeatable: no, each look is logged. Refuses: nothing; no row without an opened code.
-- The function without the id stays beside it: code of the release before may still run.
CREATE FUNCTION births_family_card_and_id(nonce uuid, request text) RETURNS TABLE (
    full_name text, born_on date, sex text, insurance_number text, code text, status text, valid_from date, valid_to date,
    five_year_on date, facility_code text, facility_name text, unit_name text, benefit_level integer, area_code text,
    personal_id text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    child bigint := births_family_of(births_family_card_and_id.nonce);
BEGIN
    IF child IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id)
    VALUES (clock_timestamp(), 'citizen:mã xác nhận', 0, 'viewed', 'person', child, 'Gia đình xem thẻ và ai đã xem',
            '{full_name,birth_date,insurance_number,personal_id,card_code,facility,validity}', births_family_card_and_id.request);
    RETURN QUERY
    SELECT person.full_name, person.born_on, person.sex,
           coalesce((SELECT ledger.number FROM persons_number AS ledger
                     WHERE ledger.person_id = person.id AND ledger.status = 'active'), ''),
           card.code, card.status, lower(card.valid), upper(card.valid) - 1, card.five_year_on,
           coalesce(card.facility_code, ''),
           coalesce((SELECT listed.name FROM catalogues_facility AS listed WHERE listed.code = card.facility_code
                     ORDER BY listed.id DESC LIMIT 1), ''),
           coalesce(unit.name, ''), card.benefit_level::integer, coalesce(card.area_code, ''), coalesce(person.personal_id, '')
    FROM persons_person AS person
    LEFT JOIN LATERAL (
        SELECT held.* FROM cards_card AS held
        WHERE held.person_id = person.id AND held.status IN ('active', 'superseded', 'expired', 'revoked')
        ORDER BY held.status = 'active' AND held.valid @> (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date DESC,
                 held.status = 'active' DESC, held.id DESC LIMIT 1) AS card ON true
    LEFT JOIN catalogues_unit AS unit ON unit.id = card.unit_id
    WHERE person.id = child;
END $$;
-- It must see the card whoever owns the tables; the pages' role gets this one answer and no table.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_family_card_and_id(uuid, text) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION births_family_card_and_id(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_family_card_and_id(uuid, text) TO lienthong_web;
