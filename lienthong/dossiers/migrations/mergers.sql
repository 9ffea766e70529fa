-- Who sees what a merger did to a dossier, and who may choose for a divided commune.

-- The first day of the commune that each dossier was routed to; in the name of the system, with the worker's eyes.
SET LOCAL ROLE lienthong_worker;
SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', now()::text, true);
UPDATE dossiers_dossier AS dossier SET resolved_since = lower(division.valid)
FROM catalogues_division AS division
WHERE dossier.resolved_commune_code <> '' AND division.code = dossier.resolved_commune_code
  AND division.valid @> dossier.changed_at::date;
SELECT set_config('lienthong.by', '', true), set_config('lienthong.at', '', true);
RESET ROLE;

GRANT SELECT ON dossiers_reroute, dossiers_split, dossiers_hamlet, dossiers_forecast TO lienthong_web;
GRANT UPDATE (chosen_code, chosen_on, chosen_basis, chosen_at, chosen_by, note) ON dossiers_split TO lienthong_web;
GRANT INSERT, UPDATE ON dossiers_hamlet TO lienthong_web;
GRANT SELECT, INSERT ON dossiers_reroute TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON dossiers_split, dossiers_hamlet TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON dossiers_forecast TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- Whoever has the dossier sees what was done with it.
ALTER TABLE dossiers_reroute ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON dossiers_reroute FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_system ON dossiers_reroute TO lienthong_worker USING (true);

-- While it is open, old and new officers alike; afterwards it belongs to the dossier.
ALTER TABLE dossiers_split ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON dossiers_split TO lienthong_web
    USING ((SELECT authz.everywhere())
           OR (closed_at IS NULL AND areas && (SELECT authz.areas())::int[])
           OR EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_system ON dossiers_split TO lienthong_worker USING (true);

-- A hamlet is decided by who has a dossier of its commune to decide.
ALTER TABLE dossiers_hamlet ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON dossiers_hamlet FOR SELECT TO lienthong_web USING (true);
CREATE POLICY of_split_new ON dossiers_hamlet FOR INSERT TO lienthong_web
    WITH CHECK (EXISTS (SELECT 1 FROM dossiers_split AS open
                        WHERE open.old_code = dossiers_hamlet.old_code AND open.split_on = dossiers_hamlet.split_on
                          AND open.closed_at IS NULL));
CREATE POLICY of_split ON dossiers_hamlet FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_split AS open
                   WHERE open.old_code = dossiers_hamlet.old_code AND open.split_on = dossiers_hamlet.split_on
                     AND open.closed_at IS NULL));
CREATE POLICY of_system ON dossiers_hamlet TO lienthong_worker USING (true);

ALTER TABLE dossiers_forecast ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON dossiers_forecast TO lienthong_web
    USING ((SELECT authz.everywhere()) OR areas && (SELECT authz.areas())::int[]);
CREATE POLICY of_system ON dossiers_forecast TO lienthong_worker USING (true);

CREATE FUNCTION dossiers_reroute_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a reroute is written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER dossiers_reroute_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers_reroute
    FOR EACH STATEMENT EXECUTE FUNCTION dossiers_reroute_kept();

-- A choice is made once, among the candidates, by somebody; the evidence stays as it was.
CREATE FUNCTION dossiers_split_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a split is never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.closed_at IS NOT NULL OR (OLD.chosen_code <> '' AND NEW.chosen_code <> OLD.chosen_code) THEN
        RAISE EXCEPTION 'a choice is made once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.chosen_code <> '' AND NOT NEW.candidates @> jsonb_build_array(jsonb_build_object('code', NEW.chosen_code)) THEN
        RAISE EXCEPTION 'not a candidate' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dossiers_split_kept BEFORE UPDATE OR DELETE ON dossiers_split
    FOR EACH ROW EXECUTE FUNCTION dossiers_split_kept();

-- Another commune or another day of registration is another place: what was chosen for the old one does not count.
CREATE FUNCTION dossiers_other_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.chosen_commune_code := '';
    NEW.chosen_on := NULL;
    UPDATE dossiers_split SET closed_at = current_setting('lienthong.at')::timestamptz
    WHERE dossier_id = NEW.id AND closed_at IS NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER dossiers_other_place BEFORE UPDATE OF commune_code, registered_on, residence_text ON dossiers_dossier
    FOR EACH ROW
    WHEN ((OLD.commune_code, OLD.registered_on, OLD.residence_text)
          IS DISTINCT FROM (NEW.commune_code, NEW.registered_on, NEW.residence_text))
    EXECUTE FUNCTION dossiers_other_place();

INSERT INTO audit_subject (kind, table_name) VALUES ('split', 'dossiers_split');
