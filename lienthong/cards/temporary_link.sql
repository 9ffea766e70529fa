-- Which child a temporary code belongs to: tied by itself where it is sure, asked of an officer where it is not.
-- Reads: cards_temporarycode, persons_person, dossiers_dossier. Writes: cards_temporarycode, dossiers_task.
-- Grain: one code that was never looked at, was woken by a card of its child, or was looked at a day ago.
-- Repeatable: a second run finds the same child; a task is opened once for the same children.
-- Refuses: nothing. Sure is one child of the birth notice, born that day and of that sex; or, without a notice, the only
-- child of the mother of that day and sex when the facility gave one such code and no other name was written.
WITH waiting AS MATERIALIZED (
    SELECT code.id, code.facility_code, code.birth_notice_code, code.mother_personal_id, code.born_on, code.sex,
           code.birth_order, code.full_name, code.not_persons, code.person_id, code.doubt_id
    FROM cards_temporarycode AS code
    WHERE code.id IN (
        (SELECT fresh.id FROM cards_temporarycode AS fresh WHERE fresh.looked_at IS NULL ORDER BY fresh.id LIMIT %(limit)s)
        UNION
        (SELECT old.id FROM cards_temporarycode AS old
         WHERE old.looked_at < %(again)s AND old.person_id IS NULL ORDER BY old.looked_at LIMIT %(limit)s))
      -- Looked at by another worker meanwhile, a row that was waited for is no longer due.
      AND (code.looked_at IS NULL OR (code.looked_at < %(again)s AND code.person_id IS NULL))
    ORDER BY code.id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
found AS MATERIALIZED (
    SELECT waiting.id, person.id AS person_id, true AS by_notice,
           person.born_on = waiting.born_on AND person.sex = waiting.sex AS fits
    FROM waiting JOIN persons_person AS person ON person.birth_notice_code = waiting.birth_notice_code
    WHERE waiting.birth_notice_code <> '' AND person.birth_notice_code <> '' AND person.merged_into_id IS NULL
    UNION ALL
    SELECT waiting.id, person.id, false,
           person.sex = waiting.sex AND (waiting.full_name = '' OR name_match_key(waiting.full_name) LIKE 'conba%%'
                                         OR name_match_key(waiting.full_name) = name_match_key(person.full_name))
    FROM waiting JOIN persons_person AS person
      ON person.born_on = waiting.born_on AND person.mother_personal_id = waiting.mother_personal_id
    WHERE waiting.mother_personal_id <> '' AND person.merged_into_id IS NULL
      AND (person.sex = waiting.sex OR 'undetermined' IN (person.sex, waiting.sex))
      AND (waiting.birth_notice_code = '' OR person.birth_notice_code = '')
),
candidate AS MATERIALIZED (
    SELECT found.id, found.person_id, bool_or(found.by_notice) AS by_notice, bool_and(found.fits) AS fits,
           dossier.dossier_id, dossier.area
    FROM found
    JOIN waiting ON waiting.id = found.id
    JOIN LATERAL (
        SELECT latest.id AS dossier_id, latest.area FROM dossiers_dossier AS latest
        WHERE latest.person_id = found.person_id AND latest.state <> 'CANCELLED' AND latest.area > 0
        ORDER BY latest.id DESC LIMIT 1) AS dossier ON true
    WHERE found.person_id <> ALL (waiting.not_persons)
    GROUP BY found.id, found.person_id, dossier.dossier_id, dossier.area
),
judged AS MATERIALIZED (
    SELECT waiting.id, waiting.person_id AS held_id, waiting.doubt_id, told.persons, told.dossier_id, told.area,
           CASE WHEN told.persons IS NULL OR told.persons = ARRAY[waiting.person_id] THEN 'none'
                WHEN waiting.person_id IS NOT NULL THEN 'doubt'
                WHEN cardinality(told.sure_by_notice) = 1 AND told.notice_count = 1 THEN 'notice'
                WHEN told.notice_count > 0 THEN 'doubt'
                WHEN cardinality(told.persons) = 1 AND told.all_fit AND waiting.birth_order = 1 AND alike.count = 1
                    THEN 'mother'
                ELSE 'doubt' END AS verdict,
           CASE WHEN told.notice_count > 0 THEN told.sure_by_notice[1] ELSE told.persons[1] END AS sure_id
    FROM waiting
    CROSS JOIN LATERAL (
        SELECT array_agg(person_id ORDER BY person_id) AS persons, bool_and(fits) AS all_fit,
               array_agg(person_id) FILTER (WHERE by_notice AND fits) AS sure_by_notice,
               count(*) FILTER (WHERE by_notice) AS notice_count,
               (array_agg(dossier_id ORDER BY person_id))[1] AS dossier_id,
               (array_agg(area ORDER BY person_id))[1] AS area
        FROM candidate WHERE candidate.id = waiting.id) AS told
    CROSS JOIN LATERAL (
        SELECT count(*) AS count FROM cards_temporarycode AS other
        WHERE waiting.mother_personal_id <> '' AND other.mother_personal_id = waiting.mother_personal_id
          AND other.born_on = waiting.born_on AND other.facility_code = waiting.facility_code
          AND (other.sex = waiting.sex OR 'undetermined' IN (other.sex, waiting.sex))) AS alike
),
asked AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, detail, opened_at, closed_by)
    SELECT 'T-TEMPORARY-CODE', 'temporary:' || id || ':' || array_to_string(persons, '-'), area, dossier_id,
           jsonb_build_object('code', id, 'persons', persons), %(at)s, ''
    FROM judged WHERE verdict = 'doubt' ORDER BY id
    ON CONFLICT (kind, subject_key) DO NOTHING
    RETURNING id, (detail ->> 'code')::bigint AS code_id
),
settled AS (
    UPDATE dossiers_task AS task SET closed_at = %(at)s, closed_by = 'system'
    FROM judged
    WHERE task.id = judged.doubt_id AND task.closed_at IS NULL
      AND (judged.verdict IN ('notice', 'mother') OR judged.verdict = 'none' AND judged.held_id IS NULL
           OR judged.verdict = 'doubt'
              AND task.subject_key <> 'temporary:' || judged.id || ':' || array_to_string(judged.persons, '-'))
)
UPDATE cards_temporarycode AS code
SET looked_at = %(at)s,
    person_id = CASE WHEN judged.verdict IN ('notice', 'mother') THEN judged.sure_id ELSE code.person_id END,
    linked_at = CASE WHEN judged.verdict IN ('notice', 'mother') THEN %(at)s ELSE code.linked_at END,
    linked_by = CASE WHEN judged.verdict IN ('notice', 'mother') THEN 'system' ELSE code.linked_by END,
    link_reason = CASE WHEN judged.verdict IN ('notice', 'mother') THEN judged.verdict ELSE code.link_reason END,
    doubt_id = coalesce(asked.id, code.doubt_id)
FROM judged LEFT JOIN asked ON asked.code_id = judged.id
WHERE code.id = judged.id
RETURNING code.id, judged.verdict, asked.id IS NOT NULL
