-- Cards: the promises that need more than a column constraint.

-- An approval signs off exactly the bytes and the requester of its request (four eyes, INV-22, INV-23).
ALTER TABLE cards_approval
    ADD CONSTRAINT approval_same_content FOREIGN KEY (request_id, body_sha256, requester_person)
    REFERENCES cards_request (id, body_sha256, requester_person) ON UPDATE RESTRICT ON DELETE RESTRICT;

-- Only its withdrawal may be written on a request; an approval and a hand-over are written once.
-- (The digest of the body is computed after this trigger, from the body that it guards.)
CREATE FUNCTION cards_request_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - '{withdrawn_at,body_sha256}'::text[])
            IS DISTINCT FROM (to_jsonb(OLD) - '{withdrawn_at,body_sha256}'::text[]) THEN
        RAISE EXCEPTION 'a request is never edited' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_request_kept BEFORE UPDATE OR DELETE ON cards_request
    FOR EACH ROW EXECUTE FUNCTION cards_request_kept();

CREATE FUNCTION cards_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER cards_approval_kept BEFORE UPDATE OR DELETE ON cards_approval
    FOR EACH STATEMENT EXECUTE FUNCTION cards_written_once();
CREATE TRIGGER cards_hand_over_kept BEFORE UPDATE OR DELETE ON cards_handover
    FOR EACH STATEMENT EXECUTE FUNCTION cards_written_once();

-- Cover has no gap (INV-15): at commit, the active cards of a child tile the entitlement exactly, or there are none.
CREATE FUNCTION cards_no_gap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    holder bigint := COALESCE(NEW.person_id, OLD.person_id);
    entitlement daterange;
    cover datemultirange;
BEGIN
    SELECT entitled INTO entitlement FROM persons_person WHERE id = holder FOR NO KEY UPDATE;
    SELECT range_agg(valid) INTO cover FROM cards_card WHERE person_id = holder AND status = 'active';
    IF cover IS NOT NULL AND cover <> datemultirange(entitlement) THEN
        RAISE EXCEPTION 'cover % is not the entitlement %', cover, entitlement
            USING ERRCODE = '23514', CONSTRAINT = 'cards_no_gap';
    END IF;
    RETURN NULL;
END $$;
-- It must see every card of the child, whoever approves and whoever owns the tables.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_no_gap() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;

CREATE CONSTRAINT TRIGGER cards_no_gap_new AFTER INSERT ON cards_card
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.status = 'active') EXECUTE FUNCTION cards_no_gap();
CREATE CONSTRAINT TRIGGER cards_no_gap AFTER UPDATE ON cards_card
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.status = 'active' OR NEW.status = 'active')
          AND (OLD.status, OLD.valid, OLD.person_id) IS DISTINCT FROM (NEW.status, NEW.valid, NEW.person_id))
    EXECUTE FUNCTION cards_no_gap();

-- A card is never deleted, and its identity never changes after the request.
CREATE FUNCTION cards_card_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.person_id, NEW.request_id, NEW.insurance_number)
            IS DISTINCT FROM (OLD.id, OLD.code, OLD.person_id, OLD.request_id, OLD.insurance_number) THEN
        RAISE EXCEPTION 'a card keeps its code, holder and cause' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_card_kept BEFORE DELETE OR UPDATE OF id, code, person_id, request_id, insurance_number
    ON cards_card FOR EACH ROW EXECUTE FUNCTION cards_card_kept();

CREATE SEQUENCE cards_print_serial;
GRANT USAGE ON SEQUENCE cards_print_serial TO lienthong_web, lienthong_worker;
