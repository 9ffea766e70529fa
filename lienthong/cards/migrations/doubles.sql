-- One person, one line of cards, however many records were merged; what a merger took away comes back by its undoing.
-- Reads: persons_person, cards_card. Writes: nothing.

CREATE FUNCTION cards_double_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.end_reason <> 'DUPLICATE_CONFIRMED' OR current_user <> 'lienthong_worker' THEN
        RAISE EXCEPTION 'a card that has ended comes back only when a merger of records is undone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_double_kept BEFORE UPDATE OF status ON cards_card
    FOR EACH ROW WHEN (OLD.status IN ('revoked', 'cancelled') AND NEW.status IN ('requested', 'active'))
    EXECUTE FUNCTION cards_double_kept();

-- At most one active card a day, and no gap, over all records of one person (INV-14, INV-15).
CREATE FUNCTION cards_hold_line(holder bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stands bigint := holder;
    family bigint[];
    entitlement daterange;
    cover datemultirange;
    days bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM persons_person WHERE id = holder AND merged_into_id IS NOT NULL) THEN
        stands := persons_survivor(holder);
    END IF;
    SELECT entitled INTO entitlement FROM persons_person WHERE id = stands FOR NO KEY UPDATE;
    family := CASE WHEN EXISTS (SELECT 1 FROM persons_person WHERE merged_into_id = stands)
                   THEN persons_family(stands) ELSE ARRAY[stands] END;
    SELECT range_agg(valid), sum(upper(valid) - lower(valid)) INTO cover, days
    FROM cards_card WHERE person_id = ANY (family) AND status = 'active';
    IF cover IS NOT NULL AND cover <> datemultirange(entitlement) THEN
        RAISE EXCEPTION 'cover % is not the entitlement %', cover, entitlement
            USING ERRCODE = '23514', CONSTRAINT = 'cards_no_gap';
    END IF;
    IF days > (SELECT sum(upper(stretch) - lower(stretch)) FROM unnest(cover) AS stretch) THEN
        RAISE EXCEPTION 'two active cards of one person on one day'
            USING ERRCODE = '23514', CONSTRAINT = 'cards_one_active_a_person';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION cards_no_gap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM cards_hold_line(COALESCE(NEW.person_id, OLD.person_id));
    RETURN NULL;
END $$;

CREATE FUNCTION cards_no_gap_merged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM cards_hold_line(NEW.id);
    IF OLD.merged_into_id IS NOT NULL THEN
        PERFORM cards_hold_line(OLD.merged_into_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cards_no_gap_merged AFTER UPDATE ON persons_person
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION cards_no_gap_merged();

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_hold_line(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION cards_no_gap_merged() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION cards_hold_line(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cards_hold_line(bigint) TO lienthong_worker;
