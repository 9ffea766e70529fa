-- The search for the twin (rules 2.2), over the whole country: which dossiers may be this child's, at which level, and
-- in whose hands. Levels 1 to 5 of the rules; 9 is a brother or sister born the same day. An area of one's own shows
-- the child, any other only that there is one and where.
CREATE OR REPLACE FUNCTION births_twins(asked jsonb) RETURNS TABLE (
    level integer, dossier_id bigint, dossier_code text, state text, is_cancelled boolean, area integer,
    unit_name text, province_code text, registration_id bigint, is_mine boolean, message_id text, child_name text,
    child_born_on date, child_sex text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH words AS (
        SELECT nullif(asked ->> 'personal_id', '') AS personal_id, nullif(asked ->> 'birth_notice_code', '') AS notice,
               asked ->> 'commune_code' AS commune_code, asked ->> 'book' AS book, asked ->> 'number' AS number,
               (asked ->> 'year')::smallint AS year, asked ->> 'fold_key' AS fold_key,
               split_part(asked ->> 'tone_key', ' ', -1) AS given, (asked ->> 'born_on')::date AS born_on,
               asked ->> 'sex' AS sex, nullif(asked ->> 'mother_personal_id', '') AS mother_id,
               nullif(asked ->> 'mother_insurance_number', '') AS mother_number,
               nullif(name_fold_key(asked ->> 'mother_name'), '') AS mother_fold,
               coalesce(nullif(asked ->> 'residence_commune_code', ''), asked ->> 'commune_code') AS place
    ),
    entry AS (
        SELECT registration.id, coalesce(registration.dossier_id, registration.joined_dossier_id) AS dossier_id
        FROM births_registration AS registration JOIN words
            ON (registration.commune_code, registration.book, registration.number, registration.year)
               = (words.commune_code, words.book, words.number, words.year)
        WHERE registration.dossier_id IS NOT NULL OR registration.joined_dossier_id IS NOT NULL
           OR registration.cancelled_version IS NOT NULL
    ),
    known AS (
        SELECT person.id FROM persons_person AS person, words
        WHERE person.personal_id = words.personal_id AND person.merged_into_id IS NULL
        UNION
        SELECT person.id FROM persons_person AS person, words
        WHERE person.personal_id = words.personal_id AND person.merged_into_id IS NOT NULL
        UNION
        SELECT person.id FROM persons_person AS person, words
        WHERE person.birth_notice_code = words.notice AND person.birth_notice_code <> ''
        UNION
        SELECT person.id FROM persons_person AS person, words
        WHERE person.born_on = words.born_on
          AND (person.fold_key = words.fold_key OR person.mother_personal_id = words.mother_id
               OR person.mother_insurance_number = words.mother_number
               OR name_fold_key(person.mother_name) = words.mother_fold)
    ),
    candidates AS (
        SELECT dossier.id FROM dossiers_dossier AS dossier JOIN known ON dossier.person_id = known.id
        WHERE dossier.kind = 'first'
        UNION
        SELECT dossier.id FROM dossiers_dossier AS dossier
        WHERE dossier.person_id IS NULL
          AND dossier.state IN ('RECEIVED', 'CREATE_FAILED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'MANUAL_REVIEW',
                                'CANCELLED')
        UNION
        SELECT entry.dossier_id FROM entry WHERE entry.dossier_id IS NOT NULL
    ),
    facts AS (
        SELECT dossier.id, dossier.code, dossier.state, dossier.area, dossier.unit_id, dossier.province_code,
               dossier.message_id, dossier.child_name, dossier.child_born_on, dossier.child_sex,
               registration.id AS registration_id, birth.facts, person.personal_id AS held_id,
               (birth.facts ->> 'born_on')::date = words.born_on AS is_born_then,
               birth.facts ->> 'fold_key' = words.fold_key AND birth.facts ->> 'sex' = words.sex AS is_named_so,
               split_part(birth.facts ->> 'tone_key', ' ', -1) = words.given AS is_called_so,
               coalesce(nullif(birth.facts ->> 'mother_personal_id', '') = words.mother_id, false)
                   OR coalesce(nullif(birth.facts ->> 'mother_insurance_number', '') = words.mother_number, false)
                   AS is_of_mother,
               coalesce(name_fold_key(birth.facts ->> 'mother_name') = words.mother_fold, false)
                   AND words.place IN (birth.facts ->> 'residence_commune_code', birth.facts ->> 'commune_code')
                   AS is_of_mother_here
        FROM candidates
        JOIN dossiers_dossier AS dossier ON dossier.id = candidates.id
        JOIN births_registration AS registration ON registration.dossier_id = dossier.id
        JOIN births_birth AS birth
            ON birth.registration_id = registration.id AND birth.version = registration.applied_version
           AND birth.paper_no = registration.applied_paper_no
        LEFT JOIN persons_person AS person ON person.id = dossier.person_id
        CROSS JOIN words
    ),
    levels AS (
        SELECT facts.*,
               CASE WHEN words.personal_id IN (facts.held_id, facts.facts ->> 'personal_id') THEN 1
                    WHEN facts.id IN (SELECT entry.dossier_id FROM entry) THEN 2
                    WHEN words.notice = facts.facts ->> 'birth_notice_code' THEN 3
                    WHEN is_born_then AND is_named_so AND is_called_so AND is_of_mother THEN 4
                    WHEN is_born_then AND is_named_so AND is_called_so AND is_of_mother_here THEN 5
                    WHEN is_born_then AND (is_of_mother OR is_of_mother_here) THEN 9 END AS found
        FROM facts CROSS JOIN words
    )
    SELECT found, levels.id, levels.code, levels.state, levels.state = 'CANCELLED', levels.area,
           coalesce(unit.name, ''), levels.province_code, levels.registration_id, mine.is_mine,
           CASE WHEN mine.is_mine THEN levels.message_id ELSE '' END,
           CASE WHEN mine.is_mine THEN levels.child_name ELSE '' END,
           CASE WHEN mine.is_mine THEN levels.child_born_on END,
           CASE WHEN mine.is_mine THEN levels.child_sex ELSE '' END
    FROM levels
    LEFT JOIN catalogues_unit AS unit ON unit.id = levels.unit_id
    CROSS JOIN LATERAL (SELECT authz.everywhere() OR levels.area = ANY (authz.areas()) AS is_mine) AS mine
    WHERE found IS NOT NULL
    UNION ALL
    -- A register entry that was cancelled before anything came of it.
    SELECT 2, NULL, '', 'CANCELLED', true, 0, '', '', entry.id, false, '', '', NULL, '' FROM entry
    WHERE entry.dossier_id IS NULL
    ORDER BY 1, 2
$$;
