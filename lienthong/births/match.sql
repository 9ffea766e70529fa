-- Match: is this a child we already know? By exact keys: personal id, then birth-notice code, then the cancelled
-- dossier that a paper says it replaces (rules 13.2, A3). What weaker keys suggested (`births.matching`) comes as %(asks)s.
-- Reads: dossiers_dossier (EXPORTED_TNHS, nobody yet), births_registration, births_birth, births_paper,
--        persons_person, dossiers_task,
--        database_law_validity. Writes: persons_person, persons_identityrequest, dossiers_task, dossiers_dossier.
-- Grain: one dossier. Repeatable: a matched dossier has a person. One worker at a time (advisory lock in the caller).
-- Refuses nothing: the same child again waits for an officer, and so does one who may be somebody we know; an id that
-- another child holds is left off. A child whose earlier births were all cancelled, or who was known as a member of a
-- household alone, takes the facts of this one and keeps its number. Whom an officer told apart is not asked about again.
WITH claimed AS (
    SELECT id FROM dossiers_dossier
    WHERE id = ANY (%(ids)s::bigint[]) AND state = 'EXPORTED_TNHS' AND person_id IS NULL
    ORDER BY id
    FOR UPDATE SKIP LOCKED
),
suggested AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(asks)s::jsonb)
        AS ask (dossier_id bigint, person_id bigint, takes boolean, probability numeric, level integer, rule text)
),
read_births AS (
    SELECT claimed.id AS dossier_id, dossier.area, dossier.child_name, dossier.child_fold_key, dossier.child_born_on,
           dossier.child_sex, birth.facts ->> 'tone_key' AS child_tone_key, birth.facts,
           nullif(birth.facts ->> 'personal_id', '') AS personal_id,
           nullif(birth.facts ->> 'birth_notice_code', '') AS birth_notice_code,
           replaced.person_id AS replaced_person
    FROM claimed
    JOIN dossiers_dossier AS dossier ON dossier.id = claimed.id
    JOIN births_registration AS registration ON registration.dossier_id = claimed.id
    JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
    LEFT JOIN births_paper AS paper ON paper.message_id = birth.message_id
    LEFT JOIN dossiers_dossier AS replaced ON replaced.id = paper.replaces_id AND replaced.state = 'CANCELLED'
),
-- Of several claimed births with one key only the first is decided now; the others meet its person next time.
first_births AS (
    SELECT * FROM (
        SELECT read_births.*,
               row_number() OVER (PARTITION BY coalesce(personal_id, 'd' || dossier_id) ORDER BY dossier_id) AS of_id,
               row_number() OVER (PARTITION BY coalesce(birth_notice_code, 'd' || dossier_id)
                                  ORDER BY dossier_id) AS of_notice,
               row_number() OVER (PARTITION BY coalesce('p' || replaced_person, 'd' || dossier_id)
                                  ORDER BY dossier_id) AS of_replaced
        FROM read_births) AS numbered
    WHERE of_id = 1 AND of_notice = 1 AND of_replaced = 1
),
with_holders AS (
    SELECT first_births.*,
           by_id.id AS id_holder,
           coalesce(by_id.fold_key = child_fold_key AND by_id.born_on = child_born_on AND by_id.sex = child_sex
                        AND NOT EXISTS (SELECT 1 FROM dossiers_task AS told
                                        WHERE told.dossier_id = first_births.dossier_id AND told.kind = 'E-DUP-PERSON'
                                          AND told.closed_at IS NOT NULL
                                          AND (told.detail ->> 'other_person')::bigint = by_id.id),
                    false) AS id_holder_same,
           by_notice.id AS notice_holder
    FROM first_births
    -- An id that a merged record bears leads to the person, and is compared with what that record says.
    LEFT JOIN LATERAL (
        SELECT held.id, held.fold_key, held.born_on, held.sex FROM persons_person AS held
        WHERE held.personal_id = first_births.personal_id AND held.merged_into_id IS NULL
        UNION ALL
        SELECT persons_survivor(former.id), former.fold_key, former.born_on, former.sex FROM persons_person AS former
        WHERE former.personal_id = first_births.personal_id AND former.merged_into_id IS NOT NULL
        LIMIT 1) AS by_id ON true
    -- OFFSET 0: "the least id" must not tempt the planner to walk through all persons by their id.
    LEFT JOIN LATERAL (
        SELECT min(alike.id) AS id FROM (
            SELECT CASE WHEN person.merged_into_id IS NULL THEN person.id ELSE persons_survivor(person.id) END AS id
            FROM persons_person AS person
            WHERE person.birth_notice_code = first_births.birth_notice_code AND person.birth_notice_code <> ''
              AND person.tone_key = child_tone_key AND person.born_on = child_born_on AND person.sex = child_sex
              AND NOT EXISTS (SELECT 1 FROM dossiers_task AS told
                              WHERE told.dossier_id = first_births.dossier_id AND told.kind = 'E-DUP-PERSON'
                                AND told.closed_at IS NOT NULL
                                AND (told.detail ->> 'other_person')::bigint = person.id)
            OFFSET 0) AS alike) AS by_notice ON true
),
with_known AS (
    SELECT with_holders.*, suggested.person_id AS asked_person, suggested.probability, suggested.level, suggested.rule,
           CASE WHEN id_holder_same THEN id_holder
                ELSE coalesce(notice_holder, replaced_person,
                              CASE WHEN suggested.takes THEN suggested.person_id END) END AS known_person
    FROM with_holders
    LEFT JOIN suggested ON suggested.dossier_id = with_holders.dossier_id
    -- Persons are numbered in the order of the dossiers, whatever the plan.
    ORDER BY with_holders.dossier_id OFFSET 0
),
decided AS MATERIALIZED (
    SELECT with_known.*,
           CASE
               WHEN known_person IS NULL AND asked_person IS NOT NULL THEN 'ask'
               WHEN known_person IS NULL THEN 'new'
               WHEN EXISTS (SELECT 1 FROM dossiers_dossier AS other
                            WHERE other.person_id = known_person AND other.state <> 'CANCELLED') THEN 'duplicate'
               ELSE 'same' END AS verdict,
           id_holder IS NOT NULL AND NOT id_holder_same AND id_holder IS DISTINCT FROM replaced_person AS id_taken,
           CASE WHEN known_person IS NULL AND asked_person IS NULL
                THEN nextval(pg_get_serial_sequence('persons_person', 'id')) ELSE known_person END AS person_id
    FROM with_known
),
new_persons AS (
    INSERT INTO persons_person (
        id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
        birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name,
        father_born, father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, died_on,
        made_at)
    SELECT decided.person_id, child_name, facts ->> 'tone_key', child_fold_key, child_born_on, child_sex,
           facts ->> 'nationality',
           CASE WHEN id_taken THEN NULL ELSE decided.personal_id END,
           CASE WHEN id_taken THEN 'E-PID-TAKEN' ELSE facts ->> 'personal_id_status' END,
           coalesce(decided.birth_notice_code, ''), facts ->> 'mother_name', facts ->> 'mother_born',
           facts ->> 'mother_personal_id', facts ->> 'mother_insurance_number', facts ->> 'father_name',
           facts ->> 'father_born', facts ->> 'father_personal_id',
           coalesce(nullif(facts ->> 'mother_name', ''), nullif(facts ->> 'father_name', ''),
                    facts ->> 'requester_name'),
           facts ->> 'residence_commune_code', facts ->> 'residence_text',
           daterange(validity.first_day, validity.end_day), (facts ->> 'died_on')::date, %(at)s
    FROM decided
    JOIN database_law_validity AS validity ON validity.birth_date = decided.child_born_on
    WHERE verdict = 'new'
    RETURNING id, personal_id, personal_id_status
),
registered_anew AS (
    UPDATE persons_person AS person
    SET full_name = child_name, tone_key = facts ->> 'tone_key', fold_key = child_fold_key, born_on = child_born_on,
        sex = child_sex, nationality = facts ->> 'nationality',
        -- An id once known stays known: it is the child's, not the entry's. But what a paper replaces was registered
        -- wrongly, and its id with it: sex and year stand in an id (A3).
        personal_id = CASE WHEN replaced_person = person.id AND NOT id_taken THEN decided.personal_id
                           WHEN id_taken THEN person.personal_id
                           ELSE coalesce(decided.personal_id, person.personal_id) END,
        personal_id_status = CASE WHEN replaced_person = person.id AND NOT id_taken THEN facts ->> 'personal_id_status'
                                  WHEN person.personal_id IS NOT NULL THEN person.personal_id_status
                                  WHEN id_taken THEN 'E-PID-TAKEN' ELSE facts ->> 'personal_id_status' END,
        birth_notice_code = coalesce(decided.birth_notice_code, ''), mother_name = facts ->> 'mother_name',
        mother_born = facts ->> 'mother_born', mother_personal_id = facts ->> 'mother_personal_id',
        mother_insurance_number = facts ->> 'mother_insurance_number', father_name = facts ->> 'father_name',
        father_born = facts ->> 'father_born', father_personal_id = facts ->> 'father_personal_id',
        guardian_name = coalesce(nullif(facts ->> 'mother_name', ''), nullif(facts ->> 'father_name', ''),
                                 facts ->> 'requester_name'),
        residence_commune_code = facts ->> 'residence_commune_code', residence_text = facts ->> 'residence_text',
        entitled = daterange(validity.first_day, validity.end_day), died_on = (facts ->> 'died_on')::date
    FROM decided
    JOIN database_law_validity AS validity ON validity.birth_date = decided.child_born_on
    WHERE verdict = 'same' AND person.id = decided.person_id
    RETURNING person.id, person.personal_id, person.personal_id_status
),
asked AS (
    INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, made_at)
    -- What is wrong with the id that the message brought is where the question begins.
    SELECT id, 'waiting', 0, %(at)s, CASE personal_id_status WHEN 'PID_NO_ANSWER' THEN '' ELSE personal_id_status END,
           '', %(at)s
    FROM (TABLE new_persons UNION ALL TABLE registered_anew) AS person
    WHERE personal_id IS NULL AND personal_id_status <> 'PID_NOT_APPLICABLE'
    ON CONFLICT DO NOTHING
),
answered AS (
    UPDATE persons_identityrequest AS question
    SET state = 'answered', closed_at = %(at)s
    FROM registered_anew AS person
    WHERE question.person_id = person.id AND question.state <> 'answered' AND person.personal_id IS NOT NULL
),
tasks AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT CASE WHEN verdict IN ('duplicate', 'ask') THEN 'E-DUP-PERSON' ELSE 'E-PID-TAKEN' END,
           'dossier:' || dossier_id
               -- The second question about a child has a subject of its own: the first one was answered.
               || CASE WHEN verdict IN ('duplicate', 'ask')
                        AND EXISTS (SELECT 1 FROM dossiers_task AS told
                                    WHERE told.kind = 'E-DUP-PERSON' AND told.subject_key = 'dossier:' || dossier_id)
                       THEN ':person:' || coalesce(known_person, asked_person) ELSE '' END,
           area, dossier_id,
           CASE verdict WHEN 'duplicate' THEN known_person WHEN 'ask' THEN asked_person END,
           CASE WHEN verdict = 'ask'
                THEN jsonb_build_object('other_person', asked_person, 'probability', probability, 'level', level,
                                        'rule', rule)
                WHEN verdict = 'duplicate'
                THEN jsonb_build_object('other_person', known_person, 'probability', 1)
                     || CASE WHEN id_holder_same THEN '{"level": 1, "rule": "R1-PERSONAL-ID"}'::jsonb
                             WHEN notice_holder IS NOT NULL THEN '{"level": 3, "rule": "R3-BIRTH-NOTICE"}'
                             WHEN replaced_person IS NOT NULL THEN '{"level": 2, "rule": "A3"}'
                             ELSE jsonb_build_object('level', level, 'rule', rule) END
                ELSE jsonb_build_object('other_person', id_holder) END,
           %(at)s, ''
    FROM decided
    WHERE verdict IN ('duplicate', 'ask') OR id_taken
    ON CONFLICT DO NOTHING
)
UPDATE dossiers_dossier AS dossier
SET person_id = CASE WHEN verdict IN ('duplicate', 'ask') THEN NULL ELSE decided.person_id END,
    state = CASE WHEN verdict IN ('duplicate', 'ask') THEN 'MANUAL_REVIEW' ELSE dossier.state END,
    reason = CASE WHEN verdict IN ('duplicate', 'ask') THEN 'E-DUP-PERSON' ELSE '' END,
    changed_at = %(at)s
FROM decided
WHERE dossier.id = decided.dossier_id
RETURNING decided.verdict
