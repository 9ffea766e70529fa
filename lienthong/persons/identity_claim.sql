-- Claim questions to the population database, until a lease ends.
-- Reads: persons_identityrequest (waiting and due), persons_person. Writes: persons_identityrequest.
-- Grain: one question. Repeatable: a claimed question is due again when its lease is over; `attempts` is the fence.
-- Refuses nothing: a question that has answered itself (an id came by correction, the record was merged) is closed.
WITH due AS MATERIALIZED (
    SELECT request.id AS request_id, person.*,
           person.personal_id IS NOT NULL OR person.merged_into_id IS NOT NULL OR person.sex = 'undetermined' AS is_moot
    FROM persons_identityrequest AS request
    JOIN persons_person AS person ON person.id = request.person_id
    WHERE request.state = 'waiting'
      AND (request.next_at <= %(at)s
           OR (%(probe)s AND (request.detail LIKE 'outage%%' OR request.detail LIKE 'disputed%%')))
    ORDER BY request.next_at, request.id
    LIMIT %(limit)s
    FOR UPDATE OF request SKIP LOCKED
),
claimed AS (
    UPDATE persons_identityrequest AS request
    SET attempts = request.attempts + CASE WHEN due.is_moot THEN 0 ELSE 1 END,
        next_at = %(lease_ends_at)s,
        state = CASE WHEN NOT due.is_moot THEN 'waiting'
                     WHEN due.sex = 'undetermined' AND due.personal_id IS NULL AND due.merged_into_id IS NULL
                         THEN 'not_applicable'
                     ELSE 'answered' END,
        closed_at = CASE WHEN due.is_moot THEN %(at)s END
    FROM due
    WHERE request.id = due.request_id
    RETURNING request.person_id, request.attempts, request.state
)
SELECT claimed.person_id, claimed.attempts, due.full_name, due.born_on, due.sex, due.mother_name
FROM claimed
JOIN due ON due.id = claimed.person_id
WHERE claimed.state = 'waiting'
ORDER BY claimed.person_id
