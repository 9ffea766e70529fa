DROP POLICY of_answering ON cards_handover;
DROP POLICY of_answering ON cards_copy;
DROP POLICY of_answering ON cards_approval;
DROP POLICY of_answering ON cards_request;
DROP POLICY of_answering_ended ON cards_card;
DROP POLICY of_answering ON cards_card;
-- The functions of before do not know the column, which goes next; what they kept is kept by the ones that stay.
DROP TRIGGER cards_card_kept ON cards_card;
CREATE OR REPLACE FUNCTION cards_card_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.person_id, NEW.request_id, NEW.insurance_number)
            IS DISTINCT FROM (OLD.id, OLD.code, OLD.person_id, OLD.request_id, OLD.insurance_number) THEN
        RAISE EXCEPTION 'a card keeps its code, holder and cause' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_card_kept BEFORE DELETE OR UPDATE OF id, code, person_id, request_id, insurance_number
    ON cards_card FOR EACH ROW EXECUTE FUNCTION cards_card_kept();
