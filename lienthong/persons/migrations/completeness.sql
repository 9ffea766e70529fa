-- Completeness of people's data, and what a collection agent may see and write: his communes' households, and proposals.
-- Reads: authz.session through the policies. Writes: persons_proposal, and persons_person or persons_household by
-- persons_fill alone. Repeatable: persons_fill answers false the second time. Refuses: every other write of an agent.

-- What an agent sees: households of his communes; with them their members and the persons in them (by the policies of
-- households); and whoever is registered as living there without a household.
CREATE POLICY of_agency ON persons_household FOR SELECT TO lienthong_web
    USING (commune_code = ANY ((SELECT authz.communes())::text[]));
CREATE POLICY of_agency ON persons_person FOR SELECT TO lienthong_web
    USING (residence_commune_code = ANY ((SELECT authz.communes())::text[]));
CREATE POLICY of_agency ON persons_number FOR SELECT TO lienthong_web
    USING ((SELECT authz.is_agent())
           AND EXISTS (SELECT 1 FROM persons_person AS seen WHERE seen.id = persons_number.person_id OFFSET 0));
-- And writes none of it.
CREATE POLICY never_by_agents ON persons_household AS RESTRICTIVE FOR INSERT TO lienthong_web
    WITH CHECK (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents_changed ON persons_household AS RESTRICTIVE FOR UPDATE TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents ON persons_member AS RESTRICTIVE FOR INSERT TO lienthong_web
    WITH CHECK (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents_changed ON persons_member AS RESTRICTIVE FOR UPDATE TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents ON persons_person AS RESTRICTIVE FOR INSERT TO lienthong_web
    WITH CHECK (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents_changed ON persons_person AS RESTRICTIVE FOR UPDATE TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
-- What was once a number or an id of theirs, and why it changed, is the office's matter.
CREATE POLICY never_by_agents ON persons_numberevent AS RESTRICTIVE FOR SELECT TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents ON persons_identifier AS RESTRICTIVE FOR SELECT TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
CREATE POLICY never_by_agents ON persons_oldnumber AS RESTRICTIVE TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));
-- Nor does he read who else looked at the people of his communes.
CREATE POLICY of_agents_own ON audit_entry AS RESTRICTIVE FOR SELECT TO lienthong_web
    USING (NOT (SELECT authz.is_agent()));

GRANT SELECT, INSERT, UPDATE ON persons_criterion, persons_proposal TO lienthong_worker;
GRANT SELECT, INSERT, DELETE ON persons_tally, persons_tallyrun TO lienthong_worker;
GRANT UPDATE ON persons_tallyrun TO lienthong_worker;
GRANT SELECT ON persons_criterion, persons_tally, persons_tallyrun, persons_proposal TO lienthong_web;
GRANT INSERT (code, words_vi, field, applies_to, weight, is_direct, valid, basis_vi, made_by, made_at),
      UPDATE (valid, ended_by)
ON persons_criterion TO lienthong_web;
GRANT INSERT (person_id, household_id, field, value, value_before, criterion, note, agency_id, commune_code, area, state,
              made_by, made_at),
      UPDATE (person_id, state, decided_by, decided_at, decided_note)
ON persons_proposal TO lienthong_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- Criteria name nobody. Who sets them sets them for the country.
CREATE FUNCTION authz.sets_criteria() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM authz.alive(current_setting('lienthong.token', true)) AS s
        JOIN public.accounts_officer AS o ON o.id = s.officer_id AND o.role IN ('centre', 'administrator'))
$$;
REVOKE ALL ON FUNCTION authz.sets_criteria() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.sets_criteria() TO lienthong_web, lienthong_worker;
ALTER TABLE persons_criterion ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON persons_criterion TO lienthong_worker USING (true);
CREATE POLICY of_everybody ON persons_criterion FOR SELECT TO lienthong_web USING (true);
CREATE POLICY of_centre_new ON persons_criterion FOR INSERT TO lienthong_web WITH CHECK ((SELECT authz.sets_criteria()));
CREATE POLICY of_centre ON persons_criterion FOR UPDATE TO lienthong_web USING ((SELECT authz.sets_criteria()));

ALTER TABLE persons_tally ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON persons_tally TO lienthong_worker USING (true);
CREATE POLICY of_area ON persons_tally FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));

-- A proposal: the unit's officers see and decide it, the agency's agents write it and take it back while it waits.
ALTER TABLE persons_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY of_system ON persons_proposal TO lienthong_worker USING (true);
CREATE POLICY of_area ON persons_proposal FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_area_decided ON persons_proposal FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_agency ON persons_proposal FOR SELECT TO lienthong_web
    USING (agency_id = (SELECT authz.agency()) AND commune_code = ANY ((SELECT authz.communes())::text[]));
CREATE POLICY of_agency_new ON persons_proposal FOR INSERT TO lienthong_web
    WITH CHECK (
        agency_id = authz.agency() AND state = 'proposed'
        AND CASE WHEN household_id IS NULL
            THEN EXISTS (SELECT 1 FROM persons_person AS seen
                         WHERE seen.id = person_id AND seen.residence_commune_code = commune_code)
            ELSE EXISTS (SELECT 1 FROM persons_household AS seen
                         WHERE seen.id = household_id AND seen.commune_code = persons_proposal.commune_code
                           AND seen.area = persons_proposal.area) END
        AND (person_id IS NULL OR EXISTS (SELECT 1 FROM persons_person AS seen WHERE seen.id = person_id)));
CREATE POLICY of_agency_withdrawn ON persons_proposal FOR UPDATE TO lienthong_web
    USING (state = 'proposed' AND agency_id = (SELECT authz.agency())
           AND commune_code = ANY ((SELECT authz.communes())::text[]))
    WITH CHECK (state = 'withdrawn');

-- What was proposed is kept as it was written; it is decided once.
CREATE FUNCTION persons_proposal_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
            OR (NEW.household_id, NEW.field, NEW.value, NEW.value_before, NEW.criterion, NEW.agency_id, NEW.commune_code,
                NEW.made_by, NEW.made_at)
               IS DISTINCT FROM (OLD.household_id, OLD.field, OLD.value, OLD.value_before, OLD.criterion, OLD.agency_id,
                                 OLD.commune_code, OLD.made_by, OLD.made_at)
            OR (OLD.field <> 'member' AND NEW.person_id IS DISTINCT FROM OLD.person_id) THEN
        RAISE EXCEPTION 'a proposal is kept as written and decided once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_proposal_kept BEFORE UPDATE OR DELETE ON persons_proposal
    FOR EACH ROW EXECUTE FUNCTION persons_proposal_kept();

-- Whom a criterion is about, on a day. A child is under six, as the law on its card has it.
CREATE FUNCTION persons_applies(applies_to text, born_on date, is_head boolean, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE applies_to WHEN 'everyone' THEN true WHEN 'head' THEN is_head
       WHEN 'child' THEN (born_on + interval '6 years')::date > day
       ELSE (born_on + interval '6 years')::date <= day END;

-- Of every person that the asker reaches and who lived on the day: where he belongs, and which facts are known of him.
-- The household is that of the day; the facts are those of now.
CREATE FUNCTION persons_told(day date)
RETURNS TABLE (person_id bigint, area integer, commune_code text, household_id bigint, born_on date, is_head boolean,
               told text[])
LANGUAGE sql STABLE AS $$
    SELECT person.id,
           coalesce(home.area, route.unit_id::integer, -nullif(route.province_code, '')::integer, 0),
           coalesce(home.commune_code, person.residence_commune_code), home.id, person.born_on,
           coalesce(living.relation = '00', false),
           array_remove(ARRAY[
               CASE WHEN person.full_name LIKE '% %' THEN 'full_name' END,
               CASE WHEN person.sex <> 'undetermined' THEN 'sex' END,
               CASE WHEN person.personal_id IS NOT NULL THEN 'personal_id' END,
               CASE WHEN ledger.number IS NOT NULL THEN 'insurance_number' END,
               CASE WHEN person.mother_name <> '' OR person.father_name <> '' OR person.guardian_name <> ''
                    THEN 'parent' END,
               CASE WHEN home.id IS NOT NULL THEN 'household' END,
               CASE WHEN living.relation <> '99' THEN 'relation' END,
               CASE WHEN home.address <> '' OR (home.id IS NULL AND person.residence_text <> '') THEN 'address' END
           ]::text[], NULL)
    FROM persons_person AS person
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND living.during @> persons_told.day
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    LEFT JOIN catalogues_route AS route
        ON home.id IS NULL AND route.commune_code = person.residence_commune_code
       AND route.registered @> (person.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    WHERE person.merged_into_id IS NULL AND person.born_on <= persons_told.day
      AND (person.died_on IS NULL OR person.died_on > persons_told.day)
$$;

-- How many persons of the country a criterion would be about, and how many lack the fact: two figures, nobody's name.
CREATE FUNCTION persons_criterion_effect(asked_field text, applies_to text, day date)
RETURNS TABLE (person_count bigint, missing_count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), count(*) FILTER (WHERE NOT asked_field = ANY (known.told))
    FROM persons_told(day) AS known
    WHERE persons_applies(applies_to, known.born_on, known.is_head, day) AND authz.sets_criteria()
$$;

-- Writes what an agent brought where nothing stood and a criterion of the day lets it stand at once; false when not, and the
-- proposal waits for an officer. What a birth registered is never written here.
CREATE FUNCTION persons_fill(proposal bigint, day date) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asked persons_proposal := (SELECT p FROM persons_proposal AS p WHERE p.id = proposal FOR UPDATE);
    decided timestamptz := nullif(current_setting('lienthong.at', true), '')::timestamptz;
BEGIN
    IF asked.id IS NULL OR asked.state <> 'proposed' OR asked.agency_id IS DISTINCT FROM authz.agency()
            OR asked.made_by IS DISTINCT FROM current_setting('lienthong.by', true)
            OR NOT asked.commune_code = ANY (authz.communes())
            OR NOT EXISTS (SELECT 1 FROM persons_criterion AS criterion
                           WHERE criterion.code = asked.criterion AND criterion.field = asked.field
                             AND criterion.is_direct AND criterion.valid @> day) THEN
        RETURN false;
    END IF;
    IF asked.field = 'parent' THEN
        UPDATE persons_person AS held SET mother_name = asked.value
        WHERE held.id = asked.person_id AND isempty(held.entitled) AND held.merged_into_id IS NULL
          AND held.mother_name = '' AND held.father_name = '' AND held.guardian_name = '';
    ELSIF asked.field = 'address' THEN
        UPDATE persons_household AS held SET address = asked.value
        WHERE held.id = asked.household_id AND held.address = '' AND held.closed_on IS NULL;
    ELSE
        RETURN false;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE persons_proposal SET state = 'direct', decided_by = made_by, decided_at = decided WHERE id = asked.id;
    RETURN true;
END $$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_fill(bigint, date) OWNER TO lienthong_worker;
ALTER FUNCTION persons_criterion_effect(text, text, date) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION persons_fill(bigint, date), persons_criterion_effect(text, text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_fill(bigint, date), persons_criterion_effect(text, text, date)
TO lienthong_web, lienthong_worker;

-- The list that the system begins with. Notice 3440 has the criteria drawn up and does not state them; these are the facts
-- that the form for joining (TK1-TS) and the household list (DK01) ask of everybody.
INSERT INTO persons_criterion (code, words_vi, field, applies_to, weight, is_direct, valid, basis_vi, made_by, made_at)
SELECT code, words_vi, field, applies_to, weight, is_direct, daterange('2017-08-14', NULL),
       'Thông báo số 3440/TB-BHXH ngày 14/8/2017, mục 2.2; thông tin của tờ khai tham gia (QĐ 595/QĐ-BHXH)', 'system',
       timestamptz '2017-08-14 00:00+07'
FROM (VALUES
    ('HO-TEN', 'Có đủ họ và tên', 'full_name', 'everyone', 10, false),
    ('GIOI-TINH', 'Đã ghi giới tính', 'sex', 'everyone', 5, false),
    ('SO-DINH-DANH', 'Có số định danh cá nhân', 'personal_id', 'everyone', 25, false),
    ('MA-SO-BHXH', 'Có mã số BHXH đang dùng', 'insurance_number', 'everyone', 25, false),
    ('CHA-ME', 'Trẻ dưới 6 tuổi có họ tên cha, mẹ hoặc người giám hộ', 'parent', 'child', 10, true),
    ('HO-GIA-DINH', 'Đã vào hộ gia đình', 'household', 'everyone', 15, false),
    ('QUAN-HE', 'Đã ghi quan hệ với chủ hộ', 'relation', 'everyone', 5, false),
    ('DIA-CHI', 'Hộ có địa chỉ', 'address', 'head', 5, true)
) AS listed (code, words_vi, field, applies_to, weight, is_direct);
