-- Back to births that come electronically alone; the tables go with the migration's own steps.
DELETE FROM audit_subject WHERE kind = 'paper';
DROP POLICY of_dossier ON births_registration;
CREATE POLICY of_dossier ON births_registration FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
DROP POLICY of_paper ON births_scan;
DROP POLICY of_area ON births_paper;
DROP FUNCTION births_twins(jsonb);
DROP FUNCTION births_paper_place(text, text, text, smallint);
DROP INDEX births_birth_paper_id, births_birth_paper_notice, births_birth_paper_born;
DROP FUNCTION births_paper_whole() CASCADE;
DROP FUNCTION births_message_paper() CASCADE;
DROP FUNCTION births_paper_requester() CASCADE;
DROP FUNCTION births_paper_four_eyes() CASCADE;
