-- Suspected doubles and merges: who may see them, what is written once, what a person's place and facts are.
-- Reads: persons_person, _number, _member, _household, _entry, dossiers_dossier. Writes: persons_pair, persons_merge.

-- The unit that answers for a person: that of his newest dossier, a live one before a closed one; else that of the
-- household he lives or last lived in; else that of a register that speaks of him; 0 for nobody. What no unit answers for
-- yet (0) is passed over.
CREATE FUNCTION persons_area_of(id bigint) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(nullif((
        SELECT dossier.area FROM dossiers_dossier AS dossier WHERE dossier.person_id = persons_area_of.id
        ORDER BY dossier.state IN ('CANCELLED', 'REJECTED'), dossier.id DESC LIMIT 1), 0), nullif((
        SELECT home.area FROM persons_member AS living JOIN persons_household AS home ON home.id = living.household_id
        WHERE living.person_id = persons_area_of.id AND NOT living.is_void
        ORDER BY upper_inf(living.during) DESC, lower(living.during) DESC LIMIT 1), 0), (
        SELECT entry.area FROM persons_entry AS entry WHERE entry.person_id = persons_area_of.id AND entry.area <> 0
        ORDER BY entry.received_at DESC, entry.id DESC LIMIT 1), 0)
$$;

-- A digest of what is registered of a person: the same as long as nothing changed that a comparison looks at.
CREATE FUNCTION persons_mark(id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', person.tone_key, person.born_on, person.sex, person.personal_id,
                                              person.birth_notice_code, person.mother_name, person.mother_born,
                                              person.mother_personal_id, person.mother_insurance_number,
                                              person.father_name, person.father_personal_id), 'UTF8')), 'hex')
    FROM persons_person AS person WHERE person.id = persons_mark.id
$$;

-- The two of a pair as they stand: survivors, by id, with their units and the digest of both. No row for one person.
CREATE FUNCTION persons_pair_of(one bigint, other bigint)
RETURNS TABLE (low bigint, high bigint, area_low integer, area_high integer, mark text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pair.low, pair.high, persons_area_of(pair.low), persons_area_of(pair.high),
           persons_mark(pair.low) || persons_mark(pair.high)
    FROM (SELECT least(persons_survivor(one), persons_survivor(other)) AS low,
                 greatest(persons_survivor(one), persons_survivor(other)) AS high) AS pair
    WHERE pair.low < pair.high
$$;

-- Which records are one person is asked by everybody who reads any of them, whoever may see the others: ids alone.
ALTER FUNCTION persons_survivor(bigint) SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION persons_family(bigint) SECURITY DEFINER SET search_path = public, pg_temp;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_survivor(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION persons_family(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION persons_area_of(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION persons_mark(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION persons_pair_of(bigint, bigint) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION persons_area_of(bigint), persons_mark(bigint), persons_pair_of(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_area_of(bigint), persons_mark(bigint), persons_pair_of(bigint, bigint)
    TO lienthong_web, lienthong_worker;

-- A pair keeps its two and where it came from; only how it stands may change.
CREATE FUNCTION persons_pair_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{state,later_until,decided_at,decided_by,note,mark,area_low,area_high,score,probability}';
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'a pair stays what was suspected' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_pair_kept BEFORE UPDATE OR DELETE ON persons_pair
    FOR EACH ROW EXECUTE FUNCTION persons_pair_kept();

-- A merge is proposed once, then confirmed or dropped once, and undone once.
CREATE FUNCTION persons_merge_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := '{confirmed_person,confirmed_by,confirmed_at,effects,dropped_at,dropped_by,dropped_note}';
    undoing text[] := '{undone_at,undone_by,undone_note}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.dropped_at IS NOT NULL OR OLD.undone_at IS NOT NULL
            OR (to_jsonb(NEW) - '{area_loser,area_survivor}'::text[]
                - CASE WHEN OLD.confirmed_at IS NULL THEN answer ELSE undoing END)
               IS DISTINCT FROM (to_jsonb(OLD) - '{area_loser,area_survivor}'::text[]
                - CASE WHEN OLD.confirmed_at IS NULL THEN answer ELSE undoing END) THEN
        RAISE EXCEPTION 'a merge is written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_merge_kept BEFORE UPDATE OR DELETE ON persons_merge
    FOR EACH ROW EXECUTE FUNCTION persons_merge_kept();

-- A household that moves to another unit takes along what is suspected of those who live in it.
CREATE FUNCTION persons_pair_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE persons_pair AS pair SET area_low = persons_area_of(low_id), area_high = persons_area_of(high_id)
    FROM persons_member AS living
    WHERE living.household_id = NEW.id AND living.person_id IN (pair.low_id, pair.high_id)
      AND (pair.area_low, pair.area_high) IS DISTINCT FROM (persons_area_of(low_id), persons_area_of(high_id));
    RETURN NULL;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_pair_follows() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
CREATE TRIGGER persons_pair_follows AFTER UPDATE OF area ON persons_household
    FOR EACH ROW WHEN (OLD.area <> NEW.area) EXECUTE FUNCTION persons_pair_follows();

GRANT SELECT, INSERT, UPDATE ON persons_pair, persons_merge TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- A pair is the matter of both units; what either may see of the other's person is said by the functions that show it.
ALTER TABLE persons_pair ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_pair FORCE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON persons_pair TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area_low = ANY ((SELECT authz.areas())::int[])
           OR area_high = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_pair TO lienthong_worker USING (true);

-- A proposal is seen by both units; it is confirmed and undone only by who answers for both persons.
ALTER TABLE persons_merge ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_merge FORCE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON persons_merge FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area_loser = ANY ((SELECT authz.areas())::int[])
           OR area_survivor = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_areas_asked ON persons_merge FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT authz.everywhere())
                OR (area_loser = ANY ((SELECT authz.areas())::int[])
                    AND area_survivor = ANY ((SELECT authz.areas())::int[]))
                OR confirmed_at IS NULL
                   AND (area_loser = ANY ((SELECT authz.areas())::int[])
                        OR area_survivor = ANY ((SELECT authz.areas())::int[])));
CREATE POLICY of_areas_answered ON persons_merge FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area_loser = ANY ((SELECT authz.areas())::int[])
           OR area_survivor = ANY ((SELECT authz.areas())::int[]))
    WITH CHECK (dropped_at IS NOT NULL OR (SELECT authz.everywhere())
                OR (area_loser = ANY ((SELECT authz.areas())::int[])
                    AND area_survivor = ANY ((SELECT authz.areas())::int[])));
CREATE POLICY of_system ON persons_merge TO lienthong_worker USING (true);

-- Who looked at a pair may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('pair', 'persons_pair'), ('merge', 'persons_merge');
