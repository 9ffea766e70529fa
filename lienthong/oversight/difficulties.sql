-- Difficulties in reach, one row each: those that wait for the reader by what is due first, else the latest first.
-- Reads: oversight_difficulty, accounts_officer, catalogues_unit, catalogues_division, catalogues_facility.
-- Writes: nothing. Grain: a difficulty. Repeatable: yes. Refuses: nothing; row-level security leaves out the rest.
SELECT difficulty.id, difficulty.asked_at, difficulty.asked_by, difficulty.asker_id, difficulty.asker_role,
       difficulty.province_code, difficulty.unit_code, difficulty.facility_code,
       coalesce(facility.name, unit.name, province.name, 'BHXH Việt Nam') AS place,
       difficulty.topic, difficulty.title, difficulty.question, difficulty.page, difficulty.code, difficulty.subject_kind,
       difficulty.subject_id, difficulty.software, difficulty.level, difficulty.state, difficulty.since, difficulty.due_on,
       difficulty.taker_id, coalesce(taker.full_name, '') AS taker_name, difficulty.taken_at, difficulty.answer,
       difficulty.basis, difficulty.answered_at, difficulty.answered_by, difficulty.article_id, difficulty.same_as_id,
       difficulty.act, difficulty.said, difficulty.changed_at
FROM oversight_difficulty AS difficulty
LEFT JOIN accounts_officer AS taker ON taker.id = difficulty.taker_id
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_unit AS known WHERE known.code = difficulty.unit_code AND difficulty.unit_code <> ''
    ORDER BY known.id DESC LIMIT 1) AS unit ON true
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_division AS known
    WHERE known.code = difficulty.province_code AND known.level = 'province'
    ORDER BY known.valid @> %(on)s::date DESC, known.id DESC LIMIT 1) AS province ON true
LEFT JOIN LATERAL (
    SELECT known.name FROM catalogues_facility AS known
    WHERE known.code = difficulty.facility_code AND difficulty.facility_code <> ''
    ORDER BY known.id DESC LIMIT 1) AS facility ON true
WHERE (%(only)s = 0 OR difficulty.id = %(only)s)
  AND (NOT %(for_me)s OR (difficulty.state IN ('new', 'taken') AND difficulty.level = ANY (%(levels)s)
                          AND difficulty.asker_id IS DISTINCT FROM %(officer)s))
  AND (NOT %(mine)s OR difficulty.asker_id = %(officer)s)
  AND (%(state)s = '' OR difficulty.state = %(state)s OR (%(state)s = 'open' AND difficulty.state = ANY (%(open_states)s)))
  AND (%(topic)s = '' OR difficulty.topic = %(topic)s)
  AND (%(province)s = '' OR difficulty.province_code = %(province)s)
  AND (%(words)s = '' OR NOT EXISTS (
           SELECT FROM unnest(string_to_array(oversight_words(%(words)s), ' ')) AS term
           WHERE strpos(difficulty.folded, term) = 0)
       OR 'VM-' || difficulty.id = upper(btrim(%(words)s)) OR difficulty.code = upper(btrim(%(words)s)))
  AND (NOT %(late)s OR difficulty.due_on < %(on)s)
  AND (%(after)s = 0 OR CASE WHEN %(for_me)s THEN (difficulty.due_on, difficulty.id) > (
           SELECT last.due_on, last.id FROM oversight_difficulty AS last WHERE last.id = %(after)s)
       ELSE difficulty.id < %(after)s END)
ORDER BY CASE WHEN %(for_me)s THEN difficulty.due_on END, CASE WHEN %(for_me)s THEN difficulty.id END, difficulty.id DESC
LIMIT %(limit)s
