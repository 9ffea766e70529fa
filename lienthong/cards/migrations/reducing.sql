-- Cards reported as reduced: in the area of the card, asked and answered once each.
-- Reads: cards_card. Writes: nothing.
GRANT SELECT, INSERT, UPDATE ON cards_reduction TO lienthong_web, lienthong_worker;
GRANT USAGE ON SEQUENCE cards_reduction_id_seq TO lienthong_web, lienthong_worker;
ALTER TABLE cards_reduction ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_reduction FORCE ROW LEVEL SECURITY;
CREATE POLICY of_card ON cards_reduction TO lienthong_web
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));
CREATE POLICY of_system ON cards_reduction TO lienthong_worker USING (true);

CREATE FUNCTION cards_reduction_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{confirmed_person,confirmed_by,confirmed_at,dropped_at,dropped_by,dropped_note}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL OR OLD.dropped_at IS NOT NULL
            OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'a reduction is asked once and answered once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_reduction_kept BEFORE UPDATE OR DELETE ON cards_reduction
    FOR EACH ROW EXECUTE FUNCTION cards_reduction_kept();
INSERT INTO audit_subject (kind, table_name) VALUES ('reduction', 'cards_reduction') ON CONFLICT DO NOTHING;
