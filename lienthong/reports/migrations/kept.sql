-- Kept: what no event keeps of a change, by triggers that stay silent on the usual way of a birth.
-- Reads: the changed rows, dossiers_reroute. Writes: reports_shift, reports_wait, reports_identified, reports_mark.
-- Grain: one change of one row. Repeatable: written once, by the statement that changed. Refuses a change without an actor.

-- Every value but the last is kept with the instant of its end, so that a dossier's first routing costs nothing.
CREATE FUNCTION reports_shifted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO reports_shift (dossier_id, at, area, province, commune, person_id, state, reason, is_same_state)
    VALUES (OLD.id, current_setting('lienthong.at')::timestamptz, OLD.area, coalesce(nullif(OLD.province_code, '')::smallint, 0),
            coalesce(nullif(OLD.resolved_commune_code, '')::integer, 0), OLD.person_id, NEW.state, NEW.reason,
            OLD.state = NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_shifted AFTER UPDATE ON dossiers_dossier FOR EACH ROW
    WHEN ((OLD.area <> NEW.area OR OLD.province_code <> NEW.province_code
           OR OLD.resolved_commune_code <> NEW.resolved_commune_code)
          AND (OLD.state <> 'RECEIVED' OR OLD.area <> 0 OR OLD.reason <> '')
          OR OLD.state = NEW.state AND OLD.reason <> NEW.reason
          OR OLD.person_id <> NEW.person_id)
    EXECUTE FUNCTION reports_shifted();

CREATE FUNCTION reports_waited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO reports_wait (message_id, state, code, kind, since, until)
    VALUES (OLD.id, OLD.state, OLD.code, OLD.kind, coalesce(OLD.judged_at, OLD.received_at),
            current_setting('lienthong.at')::timestamptz);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_waited AFTER UPDATE OF state ON births_message FOR EACH ROW
    WHEN (OLD.state IN ('held', 'quarantined') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION reports_waited();

CREATE FUNCTION reports_identified() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO reports_identified (person_id, at, had_id)
    VALUES (OLD.id, current_setting('lienthong.at')::timestamptz, OLD.personal_id IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_identified AFTER UPDATE OF personal_id ON persons_person FOR EACH ROW
    WHEN ((OLD.personal_id IS NULL) <> (NEW.personal_id IS NULL))
    EXECUTE FUNCTION reports_identified();

-- What mergers moved before these triggers stood.
INSERT INTO reports_shift (dossier_id, at, area, province, commune, person_id, state, reason, is_same_state)
SELECT told.dossier_id, told.at, told.from_unit_id, unit.province_code::smallint,
       coalesce(nullif(told.from_commune_code, '')::integer, 0), NULL, told.state, '', false
FROM dossiers_reroute AS told JOIN catalogues_unit AS unit ON unit.id = told.from_unit_id
WHERE told.from_unit_id IS DISTINCT FROM told.to_unit_id ORDER BY told.id;

INSERT INTO reports_mark (name, seen_id, pending_id, pending_xact)
VALUES ('event', 0, 0, 0), ('shift', 0, 0, 0), ('identified', 0, 0, 0);

-- Pages read none of this but through the functions of the figures, which look at the reader's area.
GRANT SELECT, INSERT, UPDATE, DELETE ON reports_line, reports_cell TO lienthong_worker;
GRANT USAGE ON SEQUENCE reports_cell_id_seq TO lienthong_worker;
GRANT SELECT ON reports_shift, reports_wait, reports_identified TO lienthong_worker;
GRANT SELECT, UPDATE ON reports_mark TO lienthong_worker;
GRANT SELECT ON SEQUENCE dossiers_event_id_seq, reports_shift_id_seq, reports_identified_id_seq TO lienthong_worker;
ALTER TABLE reports_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON reports_line TO lienthong_worker USING (true);
ALTER TABLE reports_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON reports_cell TO lienthong_worker USING (true);
ALTER TABLE reports_shift ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON reports_shift TO lienthong_worker USING (true);
ALTER TABLE reports_wait ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON reports_wait TO lienthong_worker USING (true);
ALTER TABLE reports_identified ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON reports_identified TO lienthong_worker USING (true);

CREATE FUNCTION reports_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was is written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER reports_shift_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reports_shift
    FOR EACH STATEMENT EXECUTE FUNCTION reports_kept();
CREATE TRIGGER reports_wait_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reports_wait
    FOR EACH STATEMENT EXECUTE FUNCTION reports_kept();
CREATE TRIGGER reports_identified_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reports_identified
    FOR EACH STATEMENT EXECUTE FUNCTION reports_kept();
