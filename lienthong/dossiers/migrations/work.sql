-- Whose work it is and to whom what is overdue has climbed: seen with the dossier or the task, written once.
-- Reads: authz.session through the policies. Writes: nothing.

GRANT SELECT, INSERT ON dossiers_assignment TO lienthong_web, lienthong_worker;
GRANT UPDATE (ended_at, ended_by) ON dossiers_assignment TO lienthong_web, lienthong_worker;
GRANT SELECT ON dossiers_escalation TO lienthong_web;
GRANT SELECT, INSERT ON dossiers_escalation TO lienthong_worker;
GRANT USAGE ON SEQUENCE dossiers_assignment_id_seq TO lienthong_web, lienthong_worker;
GRANT USAGE ON SEQUENCE dossiers_escalation_id_seq TO lienthong_worker;

ALTER TABLE dossiers_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossiers_assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY of_subject ON dossiers_assignment TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id)
           OR EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id));
CREATE POLICY of_system ON dossiers_assignment TO lienthong_worker USING (true);

ALTER TABLE dossiers_escalation ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossiers_escalation FORCE ROW LEVEL SECURITY;
CREATE POLICY of_subject ON dossiers_escalation FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id)
           OR EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id));
CREATE POLICY of_system ON dossiers_escalation TO lienthong_worker USING (true);

-- Only the end of an assignment is written later, and once.
CREATE FUNCTION dossiers_assignment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NULL AND (OLD.dossier_id, OLD.task_id, OLD.officer_id, OLD.step, OLD.given_at, OLD.given_by)
                IS NOT DISTINCT FROM (NEW.dossier_id, NEW.task_id, NEW.officer_id, NEW.step, NEW.given_at, NEW.given_by) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an assignment is written once and ended once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER dossiers_assignment_kept BEFORE UPDATE OR DELETE ON dossiers_assignment
    FOR EACH ROW EXECUTE FUNCTION dossiers_assignment_kept();

CREATE FUNCTION dossiers_escalation_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an escalation is written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER dossiers_escalation_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers_escalation
    FOR EACH STATEMENT EXECUTE FUNCTION dossiers_escalation_kept();
