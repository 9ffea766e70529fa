-- Settle judged answers: attach the id, quarantine it, or ask again later. The card and its number are not touched.
-- Reads: the verdicts given. Writes: persons_person (id and its status alone), persons_identityrequest.
-- Grain: one judged answer. Repeatable: a settled question has left `waiting`, or has a new `next_at`.
-- Refuses: an id that somebody took between judging and settling (unique violation; the caller judges again).
WITH settled AS (
    SELECT *
    FROM unnest(%(person_ids)s::bigint[], %(states)s::text[], %(classes)s::text[], %(details)s::text[],
                %(next_ats)s::timestamptz[], %(refunds)s::int[], %(personal_ids)s::text[], %(names)s::text[],
                %(birth_dates)s::date[], %(sexes)s::text[])
        AS verdict (person_id, state, answer_class, detail, next_at, refund, personal_id, full_name, born_on, sex)
),
persons AS (
    UPDATE persons_person AS person
    SET personal_id = coalesce(person.personal_id, nullif(settled.personal_id, '')),
        personal_id_status = CASE WHEN settled.personal_id <> '' THEN '' ELSE settled.answer_class END
    FROM settled
    WHERE person.id = settled.person_id AND person.personal_id IS NULL
      -- An outage says nothing about this child: the status it had says more.
      AND (settled.personal_id <> ''
           OR (settled.answer_class NOT IN ('', 'MOOT', person.personal_id_status)
               AND settled.detail NOT LIKE 'outage%%' AND settled.detail NOT LIKE 'disputed%%'))
    RETURNING person.id
)
UPDATE persons_identityrequest AS request
SET state = settled.state,
    attempts = request.attempts - settled.refund,
    next_at = settled.next_at,
    answer_class = CASE WHEN settled.answer_class = '' OR settled.detail LIKE 'outage%%' OR settled.detail LIKE 'disputed%%'
                        THEN request.answer_class ELSE settled.answer_class END,
    detail = CASE WHEN settled.answer_class = '' THEN request.detail ELSE settled.detail END,
    offered_name = settled.full_name,
    offered_born_on = settled.born_on,
    offered_sex = settled.sex,
    closed_at = CASE WHEN settled.state IN ('answered', 'not_applicable') THEN %(at)s END
FROM settled
WHERE request.person_id = settled.person_id AND request.state = 'waiting'
