-- Judge answers of the population database against our own register (INV-13); locks what it judges.
-- Reads: the answers given, persons_identityrequest, persons_person. Writes: nothing.
-- Grain: one answer whose question is still the one that was asked (fence). Repeatable: yes.
-- Refuses: an id for another name, birth date or sex, or whose own digits say so; an id that a parent or another person holds, or that two
-- answers of the same round bring. An id lately offered to somebody who still waits is disputed: to be asked again.
WITH answers AS (
    SELECT *
    FROM unnest(%(person_ids)s::bigint[], %(attempts)s::int[], %(classes)s::text[], %(personal_ids)s::text[],
                %(tone_keys)s::text[], %(birth_dates)s::date[], %(sexes)s::text[], %(fits)s::boolean[])
        AS answer (person_id, attempt, answer_class, personal_id, tone_key, born_on, sex, fits)
),
asked AS MATERIALIZED (
    SELECT person.id, person.tone_key, person.born_on, person.sex, person.personal_id, person.merged_into_id,
           person.mother_personal_id, person.father_personal_id
    FROM persons_person AS person
    JOIN persons_identityrequest AS request ON request.person_id = person.id
    JOIN answers ON answers.person_id = person.id AND answers.attempt = request.attempts
    WHERE request.state = 'waiting'
    ORDER BY person.id
    FOR NO KEY UPDATE OF person, request
),
compared AS (
    SELECT answers.person_id, answers.answer_class, answers.personal_id AS offered_id,
           asked.personal_id IS NOT NULL OR asked.merged_into_id IS NOT NULL AS is_moot,
           (asked.tone_key, asked.born_on, asked.sex) = (answers.tone_key, answers.born_on, answers.sex) AS is_same,
           answers.fits,
           answers.personal_id IN (asked.mother_personal_id, asked.father_personal_id) AS is_parents,
           answers.answer_class = 'FOUND'
               AND count(*) OVER (PARTITION BY answers.answer_class, answers.personal_id) > 1 AS is_twice
    FROM answers
    JOIN asked ON asked.id = answers.person_id
)
SELECT person_id,
       CASE WHEN is_moot THEN 'MOOT'
            WHEN answer_class <> 'FOUND' THEN answer_class
            WHEN is_same IS NOT TRUE THEN 'E-PID-MISMATCH'
            WHEN is_parents THEN 'E-PID-PARENT'
            WHEN NOT fits THEN 'E-PID-MISMATCH'
            WHEN is_twice OR EXISTS (SELECT 1 FROM persons_person AS holder
                                     WHERE holder.personal_id = offered_id AND holder.merged_into_id IS NULL)
                THEN 'E-PID-TAKEN'
            WHEN EXISTS (SELECT 1 FROM persons_identityrequest AS other
                         WHERE other.state = 'waiting' AND other.detail = 'disputed: ' || offered_id
                           AND other.person_id <> compared.person_id)
                THEN 'DISPUTED'
            ELSE 'FOUND' END AS verdict
FROM compared
ORDER BY person_id
