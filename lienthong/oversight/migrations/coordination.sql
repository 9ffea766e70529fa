-- Coordination with the Departments of Justice: dated steps that are never edited, held to their province.
-- Reads: authz.session, catalogues_succession. Writes: nothing. Grain: a step. Repeatable: yes.
-- Refuses: a step that is edited or deleted, one that may not follow the step before it, a signed agreement without a
-- scan, a write without an actor or outside one's province.

-- The session's own provinces, and those that have become part of them.
CREATE FUNCTION oversight_provinces_over_time() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT authz.provinces()) || ARRAY(
        SELECT merged.old_code FROM catalogues_succession AS merged
        WHERE merged.new_code = ANY ((SELECT authz.provinces())::text[]) AND length(merged.old_code) = 2
          AND merged.old_code <> merged.new_code AND merged.effective <= clock_timestamp()::date)
$$;

CREATE FUNCTION oversight_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes CONSTANT text[] := '{withdrawn_at,withdrawn_by}';
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - changes IS DISTINCT FROM to_jsonb(OLD) - changes
        OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'a step is taken back, never edited' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_agreementstep_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_agreementstep
    FOR EACH ROW EXECUTE FUNCTION oversight_step_kept();
CREATE TRIGGER oversight_connectionstep_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_connectionstep
    FOR EACH ROW EXECUTE FUNCTION oversight_step_kept();
CREATE TRIGGER oversight_agreementscan_kept BEFORE UPDATE OR DELETE ON oversight_agreementscan
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

-- What may follow what, whichever way a step came in. Looked at when the transaction ends, over the whole line of the
-- province, so that taking a step back is held to it as well.
CREATE FUNCTION oversight_agreement_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM (SELECT state, lag(state, 1, 'none') OVER (ORDER BY since, id) AS before
              FROM oversight_agreementstep
              WHERE province_code = NEW.province_code AND withdrawn_at IS NULL) AS line
        WHERE (before, state) NOT IN (
            ('none', 'drafting'), ('none', 'signed'), ('drafting', 'signed'),
            ('drafting', 'ended'), ('signed', 'in_force'), ('signed', 'ended'), ('in_force', 'signed'),
            ('in_force', 'ended'), ('ended', 'drafting'), ('ended', 'signed'))) THEN
        RAISE EXCEPTION 'no such step of an agreement' USING ERRCODE = '23514', CONSTRAINT = 'agreement_line';
    END IF;
    IF NEW.state = 'signed' AND NOT EXISTS (SELECT 1 FROM oversight_agreementscan AS scan WHERE scan.step_id = NEW.id)
    THEN
        RAISE EXCEPTION 'a signed agreement has a scan' USING ERRCODE = '23514', CONSTRAINT = 'agreement_scanned';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER oversight_agreement_line AFTER INSERT OR UPDATE ON oversight_agreementstep
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION oversight_agreement_line();

REVOKE ALL ON oversight_agreementstep, oversight_agreementscan, oversight_connectionstep
    FROM lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE (withdrawn_at, withdrawn_by) ON oversight_agreementstep, oversight_connectionstep
    TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT ON oversight_agreementscan TO lienthong_web, lienthong_worker;

ALTER TABLE oversight_agreementstep ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_agreementstep FORCE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON oversight_agreementstep FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT oversight_provinces_over_time())::text[]));
CREATE POLICY of_province_new ON oversight_agreementstep FOR INSERT TO lienthong_web
    WITH CHECK (province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_province ON oversight_agreementstep FOR UPDATE TO lienthong_web
    USING (province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_system ON oversight_agreementstep TO lienthong_worker USING (true);

ALTER TABLE oversight_agreementscan ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_agreementscan FORCE ROW LEVEL SECURITY;
CREATE POLICY of_step ON oversight_agreementscan TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_agreementstep AS seen WHERE seen.id = step_id))
    WITH CHECK (EXISTS (SELECT 1 FROM oversight_agreementstep AS seen
                        WHERE seen.id = step_id AND seen.province_code = ANY ((SELECT authz.provinces())::text[])));
CREATE POLICY of_system ON oversight_agreementscan TO lienthong_worker USING (true);

ALTER TABLE oversight_connectionstep ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_connectionstep FORCE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON oversight_connectionstep FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT oversight_provinces_over_time())::text[]));
CREATE POLICY of_province_new ON oversight_connectionstep FOR INSERT TO lienthong_web
    WITH CHECK (province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_province ON oversight_connectionstep FOR UPDATE TO lienthong_web
    USING (province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_system ON oversight_connectionstep TO lienthong_worker USING (true);

REVOKE ALL ON FUNCTION oversight_provinces_over_time() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_provinces_over_time() TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

INSERT INTO audit_subject (kind, table_name)
VALUES ('agreement', 'oversight_agreementstep'), ('connection', 'oversight_connectionstep');
