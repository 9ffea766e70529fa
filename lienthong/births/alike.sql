-- Alike: whom may the children of a batch be, by keys that only suggest (rules 2.2). Claims the batch for `match`.
-- Blocks, each by an index and of at most %(most)s: the mother's personal id, her insurance number; the name without
-- tones and the day, or the day with its month; the day and the commune, before or after a merger.
-- Reads: dossiers_dossier (EXPORTED_TNHS, nobody yet), births_registration, births_birth, persons_person,
--        catalogues_succession, dossiers_task, births_message, births_paper. Writes: nothing; locks the claimed dossiers.
-- Grain: one dossier; `others` are persons, or ('batch') dossiers that share a key and wait in the same batch; `plain`
--        has none. Repeatable: yes.
-- Refuses: whom an officer has told from this child before.
WITH claimed AS MATERIALIZED (
    SELECT id FROM dossiers_dossier
    WHERE state = 'EXPORTED_TNHS' AND person_id IS NULL
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
births AS MATERIALIZED (
    SELECT claimed.id, dossier.child_fold_key AS fold_key, dossier.child_born_on AS born_on,
           split_part(dossier.child_fold_key, ' ', -1) AS given,
           coalesce(nullif(birth.facts ->> 'residence_commune_code', ''), birth.facts ->> 'commune_code') AS commune,
           birth.facts ->> 'mother_personal_id' AS mother_id, birth.facts ->> 'mother_insurance_number' AS mother_number,
           upper(birth.facts ->> 'mother_name') AS mother_name,
           -- Day and month changed over; none where the month would be no month, or the day stays.
           CASE WHEN extract(day FROM dossier.child_born_on) <= 12
                 AND extract(day FROM dossier.child_born_on) <> extract(month FROM dossier.child_born_on)
                THEN make_date(extract(year FROM dossier.child_born_on)::integer,
                               extract(day FROM dossier.child_born_on)::integer,
                               extract(month FROM dossier.child_born_on)::integer) END AS swapped_on
    FROM claimed
    JOIN dossiers_dossier AS dossier ON dossier.id = claimed.id
    JOIN births_registration AS registration ON registration.dossier_id = claimed.id
    JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
),
-- Codes under which the people of each commune stood before and stand since; UNION ends a ring.
places AS MATERIALIZED (
    SELECT DISTINCT commune FROM births WHERE commune <> ''
),
forward (place, code) AS (
    WITH RECURSIVE way AS (
        SELECT commune AS place, commune AS code FROM places
        UNION
        SELECT way.place, heir.new_code FROM way
        JOIN catalogues_succession AS heir ON heir.old_code = way.code AND heir.share <> 'land_only')
    SELECT place, code FROM way
),
back (place, code) AS (
    WITH RECURSIVE way AS (
        SELECT commune AS place, commune AS code FROM places
        UNION
        SELECT way.place, heir.old_code FROM way
        JOIN catalogues_succession AS heir ON heir.new_code = way.code AND heir.share <> 'land_only')
    SELECT place, code FROM way
),
kin AS MATERIALIZED (
    SELECT place, array_agg(DISTINCT code) AS codes FROM (TABLE forward UNION ALL TABLE back) AS way GROUP BY place
),
known AS (
    SELECT births.id, found.id AS other_id
    FROM births LEFT JOIN kin ON kin.place = births.commune CROSS JOIN LATERAL (
        (SELECT person.id FROM persons_person AS person
         WHERE person.mother_personal_id = births.mother_id AND person.mother_personal_id <> ''
           AND person.merged_into_id IS NULL
           AND (abs(person.born_on - births.born_on) <= 366 OR person.born_on = births.swapped_on
                OR person.fold_key = births.fold_key)
         LIMIT %(most)s)
        UNION
        (SELECT person.id FROM persons_person AS person
         WHERE person.mother_insurance_number = births.mother_number AND person.mother_insurance_number <> ''
           AND person.merged_into_id IS NULL
           AND (abs(person.born_on - births.born_on) <= 366 OR person.born_on = births.swapped_on
                OR person.fold_key = births.fold_key)
         LIMIT %(most)s)
        UNION
        (SELECT person.id FROM persons_person AS person
         WHERE person.born_on IN (births.born_on, births.swapped_on) AND person.fold_key = births.fold_key
           AND person.merged_into_id IS NULL
         LIMIT %(most)s)
        UNION
        (SELECT person.id FROM persons_person AS person
         WHERE person.born_on = births.born_on AND person.residence_commune_code = ANY (kin.codes)
           AND person.merged_into_id IS NULL
           AND (split_part(person.fold_key, ' ', -1) = births.given
                OR (upper(person.mother_name) = births.mother_name AND births.mother_name <> ''))
         LIMIT %(most)s)) AS found
),
-- Whom an officer has told from the child: by answering this question, by looking before a paper was entered; and pairs of
-- which a paper's own question (T-PAPER-LOOKALIKE) asks, which holds no card.
others AS (
    SELECT known.id, known.other_id, dossier.id AS dossier_id
    FROM known JOIN dossiers_dossier AS dossier ON dossier.person_id = known.other_id
),
told_apart AS (
    SELECT known.id, known.other_id FROM known
    JOIN dossiers_task AS task ON task.dossier_id = known.id
    WHERE task.kind = 'E-DUP-PERSON' AND task.closed_at IS NOT NULL
      AND (task.detail ->> 'other_person')::bigint = known.other_id
    UNION ALL
    SELECT others.id, others.other_id FROM others
    JOIN births_registration AS registration ON registration.dossier_id = others.id
    JOIN births_message AS message ON message.registration_id = registration.id
    JOIN births_paper AS paper ON paper.message_id = message.id
    WHERE others.dossier_id = ANY (paper.seen)
    UNION ALL
    SELECT others.id, others.other_id FROM others
    JOIN dossiers_task AS task ON task.dossier_id = others.id
    WHERE task.kind = 'T-PAPER-LOOKALIKE' AND task.detail ->> 'dossier' = others.dossier_id::text
    UNION ALL
    SELECT others.id, others.other_id FROM others
    JOIN dossiers_task AS task ON task.dossier_id = others.dossier_id
    WHERE task.kind = 'T-PAPER-LOOKALIKE' AND task.detail ->> 'dossier' = others.id::text
),
keys AS (
    SELECT births.id, key.text
    FROM births CROSS JOIN LATERAL (VALUES
        ('m' || nullif(mother_id, '')),
        ('n' || nullif(mother_number, '')),
        ('f' || least(born_on, swapped_on) || fold_key),
        ('c' || born_on || commune || ' ' || given),
        ('w' || born_on || commune || ' ' || nullif(mother_name, ''))) AS key (text)
    WHERE key.text IS NOT NULL
)
SELECT 'person' AS of, known.id, array_agg(known.other_id ORDER BY known.other_id) AS others
FROM known
WHERE NOT EXISTS (SELECT 1 FROM told_apart WHERE told_apart.id = known.id AND told_apart.other_id = known.other_id)
GROUP BY known.id
UNION ALL
SELECT 'batch', min(keys.id), array_agg(keys.id ORDER BY keys.id) FROM keys GROUP BY keys.text HAVING count(*) > 1
UNION ALL
SELECT 'plain', 0, coalesce(array_agg(claimed.id ORDER BY claimed.id), '{}') FROM claimed
ORDER BY 1, 2, 3
