-- Whose rows: dossiers and tasks by area, events and persons through the dossiers that are visible.

GRANT SELECT, UPDATE ON dossiers_dossier TO lienthong_web;
GRANT SELECT ON dossiers_event TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON dossiers_task TO lienthong_web;
GRANT SELECT ON persons_person, persons_number, persons_identityrequest TO lienthong_web;

ALTER TABLE dossiers_dossier ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossiers_dossier FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON dossiers_dossier TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON dossiers_dossier TO lienthong_worker USING (true);

ALTER TABLE dossiers_task ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossiers_task FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON dossiers_task TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON dossiers_task TO lienthong_worker USING (true);

ALTER TABLE dossiers_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON dossiers_event FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_system ON dossiers_event TO lienthong_worker USING (true);

ALTER TABLE persons_person ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON persons_person TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_person.id));
CREATE POLICY of_system ON persons_person TO lienthong_worker USING (true);

ALTER TABLE persons_number ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON persons_number FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_number.person_id));
CREATE POLICY of_system ON persons_number TO lienthong_worker USING (true);

ALTER TABLE persons_identityrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON persons_identityrequest FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.person_id = persons_identityrequest.person_id));
CREATE POLICY of_system ON persons_identityrequest TO lienthong_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON persons_person, persons_number, persons_identityrequest, dossiers_dossier, dossiers_task
    TO lienthong_worker;
GRANT SELECT ON dossiers_event TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- Who looked at a dossier or a person may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name)
VALUES ('dossier', 'dossiers_dossier'), ('task', 'dossiers_task'), ('person', 'persons_person');
