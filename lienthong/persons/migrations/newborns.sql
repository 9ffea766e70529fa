-- A newborn joins its mother's household; a birth that is cancelled leaves it. Whoever calls these only has done what the
-- registered facts ask for: they take no decision from the caller.

-- Where each of these children belongs by its registered facts. Reads: persons_person, _number, _member, _household.
-- Writes: nothing. Grain: one child. `why` is empty for a child that has, or can be given, its place.
-- The mother is found by her personal id or her number alone, and only if name, sex and age do not speak against it.
CREATE FUNCTION persons_newborn_homes(
    ids bigint[], areas integer[], codes text[], corrected boolean[], mother_relations text[],
    child_relations text[])
RETURNS TABLE (child_id bigint, area integer, mother_id bigint, is_link_due boolean, household_id bigint,
               relation text, since date, held_id bigint, held_household_id bigint, is_moved boolean, why text)
LANGUAGE sql STABLE AS $$
    WITH asked AS (
        SELECT * FROM unnest(ids, areas, codes, corrected) AS asked (child_id, area, code, is_corrected)
    ),
    child AS (
        SELECT asked.child_id, asked.area, asked.code, asked.is_corrected, person.born_on, persons_survivor(person.mother_id) AS linked_mother,
               person.mother_name, nullif(person.mother_personal_id, '') AS mother_personal_id,
               nullif(person.mother_insurance_number, '') AS mother_number, held.id AS held_id,
               held.household_id AS held_household_id, held.origin AS held_origin, held.last_end
        FROM asked
        JOIN persons_person AS person ON person.id = asked.child_id
            AND NOT isempty(person.entitled) AND person.merged_into_id IS NULL
        LEFT JOIN LATERAL (
            SELECT max(member.id) FILTER (WHERE upper_inf(member.during)) AS id,
                   max(member.household_id) FILTER (WHERE upper_inf(member.during)) AS household_id,
                   max(member.origin) FILTER (WHERE upper_inf(member.during)) AS origin,
                   max(upper(member.during)) AS last_end
            FROM persons_member AS member
            WHERE member.person_id = asked.child_id AND NOT member.is_void) AS held ON true
    ),
    with_mother AS (
        SELECT child.*, found.id AS mother_id, found.is_doubtful
        FROM child
        LEFT JOIN LATERAL (
            SELECT mother.id,
                   count(*) OVER () > 1 OR mother.sex = 'male'
                   OR mother.born_on > child.born_on - interval '12 years'
                   OR name_match_key(mother.full_name) <> name_match_key(child.mother_name) AS is_doubtful
            FROM (
                SELECT persons_survivor(by_id.id) AS id FROM persons_person AS by_id
                WHERE by_id.personal_id = child.mother_personal_id
                UNION
                SELECT persons_survivor(ledger.person_id) FROM persons_number AS ledger
                WHERE ledger.number = child.mother_number) AS named
            JOIN persons_person AS mother ON mother.id = named.id
            WHERE mother.id <> child.child_id
            ORDER BY mother.id LIMIT 1) AS found ON true
    ),
    with_home AS (
        SELECT with_mother.*,
               CASE WHEN is_doubtful THEN NULL ELSE with_mother.mother_id END AS good_mother,
               home.household_id AS mothers_household, home.relation AS mothers_relation, home.since AS mother_since,
               coded.id AS coded_household
        FROM with_mother
        LEFT JOIN LATERAL (
            SELECT member.household_id, member.relation, lower(member.during) AS since
            FROM persons_member AS member
            JOIN persons_household AS household ON household.id = member.household_id AND household.closed_on IS NULL
            WHERE NOT is_doubtful AND member.person_id = with_mother.mother_id AND NOT member.is_void
              AND upper_inf(member.during) LIMIT 1) AS home ON true
        LEFT JOIN persons_household AS coded
            ON coded.code = nullif(with_mother.code, '') AND coded.closed_on IS NULL AND with_mother.code <> ''
    ),
    placed AS (
        SELECT with_home.*, coalesce(mothers_household, coded_household) AS target,
               CASE WHEN mothers_household IS NULL THEN '99'
                    ELSE coalesce(child_relations[array_position(mother_relations, mothers_relation::text)], '99') END
                   AS told_relation,
               -- Where an officer put a child it stays; where its former mother's household put it, it does not.
               is_corrected AND held_id IS NOT NULL AND held_origin = 'birth' AND linked_mother IS DISTINCT FROM good_mother
                   AND (mother_personal_id IS NOT NULL OR mother_number IS NOT NULL)
                   AND held_household_id IS DISTINCT FROM coalesce(mothers_household, coded_household) AS is_moved
        FROM with_home
    )
    SELECT child_id, area, coalesce(good_mother, mother_id),
           good_mother IS NOT NULL
               OR (is_corrected AND (mother_personal_id IS NOT NULL OR mother_number IS NOT NULL)),
           target, told_relation, greatest(born_on, mother_since, last_end), held_id, held_household_id, is_moved,
           CASE WHEN held_id IS NOT NULL AND NOT is_moved THEN ''
                WHEN is_doubtful THEN 'MOTHER_DOUBTFUL'
                WHEN target IS NOT NULL THEN ''
                WHEN mother_id IS NOT NULL THEN 'MOTHER_NO_HOUSEHOLD'
                WHEN mother_personal_id IS NULL AND mother_number IS NULL THEN 'MOTHER_NOT_NAMED'
                ELSE 'MOTHER_NOT_FOUND' END
    FROM placed
$$;

-- Give each of these children its place, or say why it has none. Reads: as above. Writes: persons_member, _person.mother_id,
-- _unplaced. Repeatable: who has its place keeps it. Refuses nothing: a household that somebody is just changing is tried later.
-- Returns how many joined.
CREATE FUNCTION persons_place_newborns(
    ids bigint[], areas integer[], codes text[], corrected boolean[], mother_relations text[],
    child_relations text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := current_setting('lienthong.by', true);
    decided_at timestamptz := nullif(current_setting('lienthong.at', true), '')::timestamptz;
    joined_count integer;
BEGIN
    IF EXISTS (SELECT 1 FROM persons_member AS held WHERE held.person_id = ANY (ids) AND NOT held.is_void) THEN
        UPDATE persons_member AS held
        SET is_void = true, ended_by = 'mother_corrected', ended_said_by = who, ended_said_at = decided_at
        FROM persons_newborn_homes(ids, areas, codes, corrected, mother_relations, child_relations) AS found
        WHERE held.id = found.held_id AND found.is_moved;
    END IF;
    WITH found AS MATERIALIZED (
        SELECT * FROM persons_newborn_homes(ids, areas, codes, corrected, mother_relations, child_relations)
    ),
    free AS MATERIALIZED (
        SELECT household.id FROM persons_household AS household
        WHERE household.id IN (SELECT household_id FROM found WHERE held_id IS NULL AND why = '')
          AND household.closed_on IS NULL
        ORDER BY household.id FOR SHARE SKIP LOCKED
    ),
    judged AS MATERIALIZED (
        SELECT found.*,
               CASE WHEN found.why = '' AND found.held_id IS NULL AND free.id IS NULL THEN 'HOUSEHOLD_BUSY'
                    WHEN found.why = '' AND found.held_id IS NULL AND found.relation = '99' THEN 'RELATION_ASKED'
                    ELSE found.why END AS told_why,
               found.held_id IS NULL AND found.why = '' AND free.id IS NOT NULL AS is_joining
        FROM found LEFT JOIN free ON free.id = found.household_id
    ),
    linked AS (
        UPDATE persons_person AS child
        SET mother_id = CASE judged.why WHEN 'MOTHER_DOUBTFUL' THEN NULL ELSE judged.mother_id END
        FROM judged
        WHERE child.id = judged.child_id AND judged.is_link_due
          AND child.mother_id IS DISTINCT FROM
              CASE judged.why WHEN 'MOTHER_DOUBTFUL' THEN NULL ELSE judged.mother_id END
    ),
    joined AS (
        INSERT INTO persons_member (household_id, person_id, relation, during, origin, began_by, said_by, said_at)
        SELECT household_id, child_id, relation, daterange(since, NULL), 'birth', 'birth', who, decided_at
        FROM judged WHERE is_joining
        RETURNING person_id
    ),
    asked AS (
        INSERT INTO persons_unplaced AS open (person_id, mother_id, area, why, since, tried_at)
        SELECT child_id, mother_id, area, told_why, decided_at,
               CASE told_why WHEN 'HOUSEHOLD_BUSY' THEN decided_at - interval '1 day' ELSE decided_at END
        FROM judged WHERE told_why <> ''
        ON CONFLICT (person_id) DO UPDATE
        SET mother_id = excluded.mother_id, area = excluded.area, why = excluded.why, tried_at = excluded.tried_at,
            since = CASE WHEN open.closed_at IS NULL THEN open.since ELSE excluded.since END, closed_at = NULL
    ),
    answered AS (
        UPDATE persons_unplaced AS open SET closed_at = decided_at
        FROM judged
        WHERE open.person_id = judged.child_id AND open.closed_at IS NULL AND judged.told_why = ''
          -- A relation that was asked about waits for an officer.
          AND open.why <> 'RELATION_ASKED'
    )
    SELECT count(*) INTO joined_count FROM joined;
    RETURN joined_count;
END $$;

-- Another mother is registered: the place of the child is looked at anew, at the next turn.
CREATE FUNCTION persons_mother_restated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO persons_unplaced AS open (person_id, area, why, since, tried_at)
    VALUES (NEW.id, 0, 'MOTHER_CORRECTED', nullif(current_setting('lienthong.at', true), '')::timestamptz, '2000-01-01')
    ON CONFLICT (person_id) DO UPDATE
    SET why = excluded.why, tried_at = excluded.tried_at, closed_at = NULL,
        since = CASE WHEN open.closed_at IS NULL THEN open.since ELSE excluded.since END;
    RETURN NULL;
END $$;
CREATE TRIGGER persons_mother_restated AFTER UPDATE OF mother_name, mother_personal_id, mother_insurance_number ON persons_person
    FOR EACH ROW WHEN (NOT isempty(NEW.entitled)
                       AND (OLD.mother_personal_id, OLD.mother_insurance_number, OLD.mother_name)
                           IS DISTINCT FROM (NEW.mother_personal_id, NEW.mother_insurance_number, NEW.mother_name))
    EXECUTE FUNCTION persons_mother_restated();

-- The household in which a birth put a child whose every birth was cancelled: it never lived there. Reads: dossiers_dossier.
-- Writes: persons_member, persons_unplaced. Returns the household; NULL when there is nothing to do.
CREATE FUNCTION persons_take_out(child bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    left_household bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM dossiers_dossier AS one WHERE one.person_id = child AND one.state = 'CANCELLED')
            OR EXISTS (SELECT 1 FROM dossiers_dossier AS one
                       WHERE one.person_id = child AND one.kind = 'first' AND one.state <> 'CANCELLED') THEN
        RETURN NULL;
    END IF;
    UPDATE persons_member AS held
    SET is_void = true, ended_by = 'birth_cancelled', ended_said_by = current_setting('lienthong.by', true),
        ended_said_at = nullif(current_setting('lienthong.at', true), '')::timestamptz
    WHERE held.person_id = child AND NOT held.is_void
    RETURNING held.household_id INTO left_household;
    UPDATE persons_unplaced AS open
    SET closed_at = nullif(current_setting('lienthong.at', true), '')::timestamptz
    WHERE open.person_id = child AND open.closed_at IS NULL;
    RETURN left_household;
END $$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_place_newborns(bigint[], integer[], text[], boolean[], text[], text[]) OWNER TO lienthong_worker;
ALTER FUNCTION persons_take_out(bigint) OWNER TO lienthong_worker;
ALTER FUNCTION persons_mother_restated() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION persons_place_newborns(bigint[], integer[], text[], boolean[], text[], text[]), persons_take_out(bigint)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_place_newborns(bigint[], integer[], text[], boolean[], text[], text[]), persons_take_out(bigint)
TO lienthong_web, lienthong_worker;
