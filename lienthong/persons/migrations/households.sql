-- Households and the two databases side by side: who may see and write them, and what is never rewritten.
-- Reads: authz.session through the policies. Writes: nothing.

GRANT SELECT, INSERT ON persons_household, persons_member TO lienthong_web, lienthong_worker;
GRANT UPDATE (address, commune_code, commune_on, area, closed_on, closed_by) ON persons_household TO lienthong_web;
GRANT UPDATE ON persons_household TO lienthong_worker;
GRANT UPDATE (during, ended_by, ended_said_by, ended_said_at, is_void) ON persons_member TO lienthong_web, lienthong_worker;
GRANT SELECT ON persons_unplaced, persons_entry, persons_placing TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON persons_unplaced, persons_entry, persons_placing TO lienthong_worker;
GRANT UPDATE (closed_at) ON persons_unplaced TO lienthong_web;
-- Whoever imports a file or links an entry by hand does it in his own area.
GRANT INSERT, UPDATE ON persons_entry TO lienthong_web;
GRANT SELECT, INSERT ON persons_differencerule, persons_differencerun, persons_difference TO lienthong_worker;
GRANT UPDATE ON persons_differencerule, persons_differencerun, persons_difference TO lienthong_worker;
GRANT SELECT, INSERT ON persons_differencerule, persons_differencerun TO lienthong_web;
GRANT UPDATE (ended_at, ended_by) ON persons_differencerule TO lienthong_web;
GRANT UPDATE (done_count, undone_at, undone_by, undone_count) ON persons_differencerun TO lienthong_web;
GRANT SELECT ON persons_difference TO lienthong_web;
GRANT UPDATE (state, choice, reason, value_before, value_after, run_id, settled_by, settled_at)
    ON persons_difference TO lienthong_web;
-- An adult who joins a household; whoever was registered as a child comes with a birth alone.
GRANT INSERT (id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
              birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, mother_id,
              father_name, father_born, father_personal_id, guardian_name, residence_commune_code, residence_text,
              entitled, made_at)
    ON persons_person TO lienthong_web;
GRANT UPDATE (mother_id) ON persons_person TO lienthong_web;

-- Codes of households that bring none.
CREATE SEQUENCE persons_household_serial AS bigint MINVALUE 1 MAXVALUE 99999999 NO CYCLE;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

ALTER TABLE persons_household ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_household FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON persons_household TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_household TO lienthong_worker USING (true);

-- Row by row, never by making a list first (see dossiers/migrations/seen.sql).
ALTER TABLE persons_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_member FORCE ROW LEVEL SECURITY;
CREATE POLICY of_household ON persons_member TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_household AS seen WHERE seen.id = household_id OFFSET 0));
CREATE POLICY of_system ON persons_member TO lienthong_worker USING (true);

ALTER TABLE persons_unplaced ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_unplaced FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON persons_unplaced TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_unplaced TO lienthong_worker USING (true);

ALTER TABLE persons_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON persons_entry TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_entry TO lienthong_worker USING (true);

ALTER TABLE persons_difference ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_difference FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON persons_difference TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_difference TO lienthong_worker USING (true);

-- Rules and their runs name no citizen; whoever may settle differences sees how others do.
ALTER TABLE persons_differencerule ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON persons_differencerule TO lienthong_web USING (true);
CREATE POLICY of_system ON persons_differencerule TO lienthong_worker USING (true);
ALTER TABLE persons_differencerun ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON persons_differencerun TO lienthong_web USING (true);
CREATE POLICY of_system ON persons_differencerun TO lienthong_worker USING (true);

-- Who lives or lived in a household in reach is seen with it, beside those of the dossiers. PostgreSQL asks the policies of
-- a table in the reverse order of their names: these come after `of_dossier`, and are asked only where no dossier shows the
-- person (tested), so that the pages of dossiers stay as quick as they were.
CREATE POLICY also_of_household ON persons_person FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_member AS seen WHERE seen.person_id = persons_person.id OFFSET 0));
CREATE POLICY also_of_household_linked ON persons_person FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_member AS seen WHERE seen.person_id = persons_person.id OFFSET 0));
CREATE POLICY of_newcomer ON persons_person FOR INSERT TO lienthong_web WITH CHECK (isempty(entitled) AND merged_into_id IS NULL);
CREATE POLICY also_of_household ON persons_number FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_member AS seen WHERE seen.person_id = persons_number.person_id OFFSET 0));

-- And whom a database that answers to this area speaks of: a difference cannot be judged without the record.
CREATE POLICY also_of_entry ON persons_person FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_entry AS seen WHERE seen.person_id = persons_person.id OFFSET 0));
CREATE POLICY also_of_entry ON persons_number FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_entry AS seen WHERE seen.person_id = persons_number.person_id OFFSET 0));

-- A membership is written once; later only its end is, and that it was never true. Nothing is deleted. Two records that
-- are merged have one life: the merger takes a stay to the record that stands, or ends it, and its undoing brings it back.
CREATE FUNCTION persons_member_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.household_id, OLD.relation, lower(OLD.during), OLD.origin, OLD.began_by, OLD.said_by, OLD.said_at)
                IS NOT DISTINCT FROM (NEW.household_id, NEW.relation, lower(NEW.during), NEW.origin, NEW.began_by,
                                      NEW.said_by, NEW.said_at) THEN
            IF NEW.person_id = OLD.person_id AND NOT OLD.is_void AND (OLD.ended_by = '' OR NEW.is_void) THEN
                RETURN NEW;
            END IF;
            IF current_user = 'lienthong_worker' AND (
                    NEW.person_id = OLD.person_id AND 'merged' IN (OLD.ended_by, NEW.ended_by)
                    OR EXISTS (SELECT 1 FROM persons_person AS loser
                               WHERE loser.id = OLD.person_id AND loser.merged_into_id = NEW.person_id)
                    OR EXISTS (SELECT 1 FROM persons_merge AS merger
                               WHERE merger.survivor_id = OLD.person_id AND merger.loser_id = NEW.person_id)) THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'a membership is written once and ended once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER persons_member_kept BEFORE UPDATE OR DELETE ON persons_member
    FOR EACH ROW EXECUTE FUNCTION persons_member_kept();

-- Who was merged into another record moves in under that one alone. Whoever writes a stay has locked the person.
CREATE FUNCTION persons_member_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM persons_person WHERE id = NEW.person_id AND merged_into_id IS NOT NULL) THEN
        RAISE EXCEPTION 'this record was merged into another' USING ERRCODE = '23514', CONSTRAINT = 'member_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_member_stands BEFORE INSERT ON persons_member
    FOR EACH ROW EXECUTE FUNCTION persons_member_stands();

CREATE FUNCTION persons_household_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.origin, NEW.made_by, NEW.made_at)
            IS DISTINCT FROM (OLD.id, OLD.code, OLD.origin, OLD.made_by, OLD.made_at) THEN
        RAISE EXCEPTION 'a household keeps its code and is closed, not deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_household_kept BEFORE UPDATE OR DELETE ON persons_household
    FOR EACH ROW EXECUTE FUNCTION persons_household_kept();

-- An entry whose words or person changed is compared anew.
CREATE FUNCTION persons_entry_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.full_name, NEW.birth_date, NEW.sex, NEW.personal_id, NEW.insurance_number, NEW.mother_name, NEW.commune_code,
        NEW.household_code, NEW.relation, NEW.person_id)
       IS DISTINCT FROM (OLD.full_name, OLD.birth_date, OLD.sex, OLD.personal_id, OLD.insurance_number, OLD.mother_name,
                         OLD.commune_code, OLD.household_code, OLD.relation, OLD.person_id) THEN
        NEW.compared_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_entry_due BEFORE UPDATE ON persons_entry FOR EACH ROW EXECUTE FUNCTION persons_entry_due();

-- One person named exactly, wherever in the country he lives: a number of any time, and name, and birth date, all right,
-- or nobody.
-- Tells the record's id, the household that he is in today and whether the asker reaches it; nothing else of him.
CREATE FUNCTION persons_named(asked_id text, name_key text, born date, today date)
RETURNS TABLE (person_id bigint, household_id bigint, is_in_reach boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT person.id, home.id, coalesce(authz.everywhere() OR home.area = ANY (authz.areas()), true)
    FROM persons_holders(asked_id) AS named (id)
    JOIN persons_person AS person ON person.id = named.id
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND living.during @> today
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    WHERE name_match_key(person.full_name) = name_key AND person.born_on = born;
END $$;

-- Ends a membership in a household that the asker does not reach, because the person joins one that he does reach.
-- Returns the household left; NULL when there was none. Refuses (28000) a household out of reach as the new one.
CREATE FUNCTION persons_leave(person bigint, joined bigint, day date) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    left_household bigint;
    who text := current_setting('lienthong.by', true);
    decided timestamptz := nullif(current_setting('lienthong.at', true), '')::timestamptz;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM persons_household AS home WHERE home.id = joined AND home.closed_on IS NULL
                   AND (authz.everywhere() OR home.area = ANY (authz.areas()))) THEN
        RAISE EXCEPTION 'not a household in reach' USING ERRCODE = '28000';
    END IF;
    UPDATE persons_member AS member
    SET during = CASE WHEN lower(member.during) < day THEN daterange(lower(member.during), day) ELSE member.during END,
        is_void = lower(member.during) >= day, ended_by = 'moved_in', ended_said_by = who, ended_said_at = decided
    WHERE member.person_id = persons_leave.person AND NOT member.is_void AND upper_inf(member.during)
      AND member.household_id <> joined
    RETURNING member.household_id INTO left_household;
    RETURN left_household;
END $$;

-- What a settlement writes into the record of a person who was never registered as a child here. NULL when that is
-- not so, or the person is out of reach: what a birth registered is changed by the civil register alone.
CREATE FUNCTION persons_restate(person bigint, field text, said text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE persons_person AS held
    SET full_name = CASE field WHEN 'full_name' THEN said ELSE held.full_name END,
        tone_key = CASE field WHEN 'full_name' THEN name_tone_key(said) ELSE held.tone_key END,
        fold_key = CASE field WHEN 'full_name' THEN name_fold_key(said) ELSE held.fold_key END,
        born_on = CASE field WHEN 'born_on' THEN said::date ELSE held.born_on END,
        sex = CASE field WHEN 'sex' THEN said ELSE held.sex END,
        personal_id = CASE field WHEN 'personal_id' THEN nullif(said, '') ELSE held.personal_id END,
        mother_name = CASE field WHEN 'mother_name' THEN said ELSE held.mother_name END,
        residence_commune_code = CASE field WHEN 'residence_commune_code' THEN said ELSE held.residence_commune_code END
    WHERE held.id = persons_restate.person AND isempty(held.entitled) AND held.merged_into_id IS NULL
      AND EXISTS (
          SELECT 1 FROM persons_member AS living JOIN persons_household AS home ON home.id = living.household_id
          WHERE living.person_id = held.id AND (authz.everywhere() OR home.area = ANY (authz.areas()))
          UNION ALL
          SELECT 1 FROM persons_entry AS entry
          WHERE entry.person_id = held.id AND (authz.everywhere() OR entry.area = ANY (authz.areas())));
    RETURN FOUND;
END $$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_member_stands() OWNER TO lienthong_worker;
ALTER FUNCTION persons_named(text, text, date, date) OWNER TO lienthong_worker;
ALTER FUNCTION persons_leave(bigint, bigint, date) OWNER TO lienthong_worker;
ALTER FUNCTION persons_restate(bigint, text, text) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION persons_named(text, text, date, date), persons_leave(bigint, bigint, date),
    persons_restate(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_named(text, text, date, date), persons_leave(bigint, bigint, date),
    persons_restate(bigint, text, text) TO lienthong_web, lienthong_worker;

-- Who looked at a household or a difference may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name)
VALUES ('household', 'persons_household'), ('difference', 'persons_difference');
