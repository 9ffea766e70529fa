-- The line of one record's cards, as it was before records could be merged.
-- Reads: persons_person, cards_card. Writes: nothing.
DROP TRIGGER cards_no_gap_merged ON persons_person;
DROP FUNCTION cards_no_gap_merged();
CREATE OR REPLACE FUNCTION cards_no_gap() RETURNS trigger
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
DROP FUNCTION cards_hold_line(bigint);
DROP TRIGGER cards_double_kept ON cards_card;
DROP FUNCTION cards_double_kept();
