-- Queue: the dossiers in the actor's area that a filter asks for, by id, no further than one page.
-- Reads: dossiers_dossier, catalogues_unit, catalogues_division. Writes: nothing. Grain: one dossier.
-- Repeatable. Refuses nothing.
-- Each list of states is read from the index that has it in the order of the page, and only as far as the page goes:
-- by code from dossier_code_once; `by_state` from dossier_queue, which whoever sees everything reads for all states;
-- of the actor's areas `worked_on` from dossier_work and `closed`, or by name `closed_named`, from dossier_closed;
-- `sought` in the whole country by a walk over the next dossiers and, when the name is too rare for that, from dossier_closed_syllables.
-- Row-level security decides who sees what; areas are named again because no index serves its "everywhere, or mine".
-- A dossier with a unit lies in the unit's area, so that a unit is one area.
WITH area AS MATERIALIZED (
    SELECT mine.id FROM unnest((SELECT authz.areas())) AS mine (id)
    WHERE NOT %(everywhere)s
      AND (%(unit_code)s = '' OR mine.id = (SELECT unit.id FROM catalogues_unit AS unit WHERE unit.code = %(unit_code)s))
    UNION
    SELECT unit.id::integer FROM catalogues_unit AS unit WHERE %(everywhere)s AND unit.code = %(unit_code)s
),
walked AS MATERIALIZED (
    SELECT near.id
    FROM (SELECT dossier.id, dossier.state, dossier.child_fold_key FROM dossiers_dossier AS dossier
          WHERE %(is_sought)s AND dossier.id > %(after)s ORDER BY dossier.id LIMIT %(walk)s) AS near
    WHERE near.state = ANY (%(sought)s) AND strpos(near.child_fold_key, %(folded)s) > 0
    ORDER BY near.id LIMIT %(limit)s
),
found AS (
    SELECT dossier.id FROM dossiers_dossier AS dossier
    WHERE %(is_code)s AND dossier.code = ANY (%(codes)s) AND dossier.id > %(after)s
      AND (%(state)s = '' OR dossier.state = %(state)s)
      AND (NOT %(by_area)s OR dossier.area = ANY (ARRAY(SELECT area.id FROM area)))
      AND (NOT %(late_only)s OR dossier.due_on < %(on)s AND dossier.closed_on IS NULL)
    UNION ALL
    -- The pair is what makes the planner read this index: by id alone it may begin at the oldest dossier of all.
    SELECT line.id
    FROM unnest(%(by_state)s::text[]) AS step (state) CROSS JOIN LATERAL (
        SELECT dossier.id FROM dossiers_dossier AS dossier
        WHERE (dossier.state, dossier.id) > (step.state, %(after)s) AND dossier.state <= step.state
          AND (NOT %(by_area)s OR dossier.area = ANY (ARRAY(SELECT area.id FROM area)))
          AND (%(folded)s = '' OR strpos(dossier.child_fold_key, %(folded)s) > 0)
          AND (NOT %(late_only)s OR dossier.due_on < %(on)s AND dossier.closed_on IS NULL)
        ORDER BY dossier.state, dossier.id LIMIT %(limit)s) AS line
    UNION ALL
    SELECT dossier.id FROM dossiers_dossier AS dossier
    WHERE dossier.area = ANY (ARRAY(SELECT area.id FROM area)) AND dossier.state = ANY (%(worked_on)s)
      AND dossier.id > %(after)s
      AND (%(folded)s = '' OR strpos(dossier.child_fold_key, %(folded)s) > 0)
      AND (NOT %(late_only)s OR dossier.due_on < %(on)s AND dossier.closed_on IS NULL)
    UNION ALL
    SELECT line.id
    FROM area CROSS JOIN LATERAL (
        SELECT dossier.id FROM dossiers_dossier AS dossier
        WHERE dossier.area = area.id AND dossier.state = ANY (%(closed)s) AND dossier.id > %(after)s
          AND (%(folded)s = '' OR strpos(dossier.child_fold_key, %(folded)s) > 0)
        ORDER BY dossier.id LIMIT %(limit)s) AS line
    UNION ALL
    SELECT mine.id
    FROM dossiers_closed_mine(
        ARRAY(SELECT area.id FROM area), %(folded)s, %(after)s, %(limit)s, %(closed_named)s) AS mine (id)
    WHERE cardinality(%(closed_named)s::text[]) > 0
    UNION ALL
    SELECT walked.id FROM walked
    UNION ALL
    SELECT named.id
    FROM dossiers_closed_named(%(folded)s, %(after)s, %(limit)s, %(sought)s) AS named (id)
    WHERE %(is_sought)s AND (SELECT count(*) FROM walked) < %(limit)s
),
page AS MATERIALIZED (
    SELECT DISTINCT id FROM found ORDER BY id LIMIT %(limit)s
)
SELECT dossier.id, dossier.code, dossier.message_id, dossier.child_name, dossier.child_born_on AS birth_date,
       dossier.child_sex AS sex, dossier.state, dossier.reason,
       coalesce(nullif(dossier.resolved_commune_code, ''), dossier.commune_code) AS commune_code,
       coalesce(commune.name, '') AS commune_name, coalesce(unit.code, '') AS unit_code,
       coalesce(unit.name, '') AS unit_name, dossier.received_at, dossier.due_on,
       dossier.due_on < %(on)s AND dossier.closed_on IS NULL AS is_late,
       dossier.closed_on IS NOT NULL AS is_closed, dossier.late_reason, dossier.late_note,
       (%(on)s::date - (dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS age_days
FROM page JOIN dossiers_dossier AS dossier ON dossier.id = page.id
LEFT JOIN LATERAL (
    SELECT code, name FROM catalogues_unit WHERE id = dossier.unit_id LIMIT 1) AS unit ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = dossier.resolved_commune_code AND division.level = 'commune'
      AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
ORDER BY dossier.id
