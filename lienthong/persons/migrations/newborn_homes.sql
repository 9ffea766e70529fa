-- An id is found by the index of those who stand and by that of those who were merged: without both conditions neither
-- serves, and every newborn costs a look at all persons.

-- Where each of these children belongs by its registered facts. Reads: persons_person, _number, _member, _household.
-- Writes: nothing. Grain: one child. `why` is empty for a child that has, or can be given, its place.
-- The mother is found by her personal id or her number alone, and only if name, sex and age do not speak against it.
CREATE OR REPLACE FUNCTION persons_newborn_homes(
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
                SELECT by_id.id FROM persons_person AS by_id
                WHERE by_id.personal_id = child.mother_personal_id AND by_id.merged_into_id IS NULL
                UNION
                SELECT persons_survivor(former.id) FROM persons_person AS former
                WHERE former.personal_id = child.mother_personal_id AND former.merged_into_id IS NOT NULL
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
