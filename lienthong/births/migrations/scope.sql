-- The bytes of a message hold everything personal: the web role never reads them. It may store a message and see
-- what became of it; the facts of a birth it sees through the dossiers of its area.

GRANT INSERT ON births_message, births_conflict, births_delivery TO lienthong_web;
GRANT SELECT (id, source, message_id, body_sha256, received_at, channel, key_id, state, code, field, warnings, kind,
              version, commune_code, registration_id, held_for, attempts, judged_at) ON births_message TO lienthong_web;
GRANT SELECT (id, message_id, body_sha256, received_at, equivalent) ON births_conflict TO lienthong_web;
GRANT SELECT (id, received_at, channel, peer, size, sha256, outcome, message_ref, code, field, correlation_id)
    ON births_delivery TO lienthong_web;
GRANT SELECT ON births_registration, births_birth TO lienthong_web;

ALTER TABLE births_registration ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON births_registration FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_system ON births_registration TO lienthong_worker USING (true);

ALTER TABLE births_birth ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_dossier ON births_birth FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM births_registration AS seen WHERE seen.id = registration_id));
CREATE POLICY of_system ON births_birth TO lienthong_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON births_message, births_registration TO lienthong_worker;
GRANT SELECT, INSERT ON births_birth, births_conflict, births_delivery TO lienthong_worker;
GRANT UPDATE (equivalent) ON births_conflict TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
