-- Registers that come as files: who may see and send them, who is seen by what a register says of him.
-- Reads: authz.session through the policies, persons_number, and what a register says of persons. Writes: nothing.

GRANT SELECT, INSERT, UPDATE, DELETE ON persons_import, persons_importpart, persons_importrow TO lienthong_worker;
GRANT SELECT, INSERT ON persons_import, persons_importpart TO lienthong_web;
GRANT UPDATE (state, areas, is_everywhere, confirmed_by, confirmed_at, ended_at) ON persons_import TO lienthong_web;
GRANT SELECT ON persons_importrow TO lienthong_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- A file is seen by whoever may act in all areas that it was sent for: a unit never sees its province's file.
ALTER TABLE persons_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_import FORCE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON persons_import TO lienthong_web
    USING ((SELECT authz.everywhere()) OR (NOT is_everywhere AND areas <@ ((SELECT authz.areas())::int[])));
CREATE POLICY of_system ON persons_import TO lienthong_worker USING (true);
ALTER TABLE persons_importpart ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_importpart FORCE ROW LEVEL SECURITY;
CREATE POLICY of_import ON persons_importpart TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_import AS seen WHERE seen.id = source_id OFFSET 0));
CREATE POLICY of_system ON persons_importpart TO lienthong_worker USING (true);
ALTER TABLE persons_importrow ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_importrow FORCE ROW LEVEL SECURITY;
CREATE POLICY of_import ON persons_importrow TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_import AS seen WHERE seen.id = source_id OFFSET 0));
CREATE POLICY of_system ON persons_importrow TO lienthong_worker USING (true);

-- A grown-up is seen by whoever sees what a register says of him; a registered child by its dossier and household alone.
CREATE POLICY of_entry ON persons_person FOR SELECT TO lienthong_web
    USING (isempty(entitled)
           AND EXISTS (SELECT 1 FROM persons_entry AS seen WHERE seen.person_id = persons_person.id OFFSET 0));
CREATE POLICY of_entry ON persons_number FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_person AS grown WHERE grown.id = persons_number.person_id AND isempty(grown.entitled)
                   AND EXISTS (SELECT 1 FROM persons_entry AS seen WHERE seen.person_id = grown.id OFFSET 0) OFFSET 0));

-- What was sent stays what was sent.
CREATE FUNCTION persons_import_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.kind, NEW.name, NEW.sha256, NEW.size, NEW.encoding, NEW.sent_by, NEW.sent_at)
            IS DISTINCT FROM (OLD.id, OLD.kind, OLD.name, OLD.sha256, OLD.size, OLD.encoding, OLD.sent_by, OLD.sent_at)
            OR OLD.state IN ('done', 'refused', 'dropped') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'an import stays what was sent, and ends once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_import_kept BEFORE UPDATE OR DELETE ON persons_import
    FOR EACH ROW EXECUTE FUNCTION persons_import_kept();

-- A person as a row of a register, of whoever the asking role may see: what an export writes where no source spoke.
CREATE VIEW persons_standing WITH (security_invoker = true) AS
    SELECT person.id AS person_id, 'P' || person.id AS source_ref, person.full_name, person.born_on::text AS birth_date,
           person.sex, coalesce(person.personal_id, '') AS personal_id, coalesce(held.number, '') AS insurance_number,
           person.mother_name,
           coalesce((SELECT division.province_code FROM catalogues_division AS division
                     WHERE division.code = coalesce(home.commune_code, person.residence_commune_code)
                     ORDER BY lower(division.valid) DESC LIMIT 1), '') AS province_code,
           coalesce(home.commune_code, person.residence_commune_code) AS commune_code,
           coalesce(home.code, '') AS household_code, coalesce(living.relation, '') AS relation,
           coalesce(home.address, person.residence_text) AS address, home.id AS household_id
    FROM persons_person AS person
    -- One row each, looked up by index whatever the planner thinks of the tables' sizes.
    LEFT JOIN LATERAL (
        SELECT ledger.number FROM persons_number AS ledger
        WHERE ledger.person_id = person.id AND ledger.status = 'active' LIMIT 1) AS held ON true
    LEFT JOIN LATERAL (
        SELECT member.household_id, member.relation FROM persons_member AS member
        WHERE member.person_id = person.id AND NOT member.is_void AND upper_inf(member.during) LIMIT 1) AS living ON true
    LEFT JOIN LATERAL (
        SELECT household.id, household.code, household.commune_code, household.address FROM persons_household AS household
        WHERE household.id = living.household_id LIMIT 1) AS home ON true
    WHERE person.merged_into_id IS NULL;
GRANT SELECT ON persons_standing TO lienthong_web, lienthong_worker;

-- Who looked at an import may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('import', 'persons_import');
