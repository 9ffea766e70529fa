-- Escalate: what is overdue climbs, a level at a time: whoever has it, the head of the desk, the provincial director.
-- Reads: dossiers_dossier, dossiers_task, dossiers_assignment, catalogues_unit, catalogues_succession, accounts_officer.
-- Writes: dossiers_escalation. Grain: one level of one wait. Repeatable: a level is written once a wait, so that two
-- workers write it once. Refuses nothing: a level where nobody stands is written with nobody.
WITH bound AS (
    SELECT * FROM unnest(%(levels)s::integer[], %(roles)s::text[], %(requested_before)s::timestamptz[],
                         %(due_up_to)s::date[], %(opened_before)s::timestamptz[])
        AS bound (level, role, requested_before, due_up_to, opened_before)
),
overdue AS (
    SELECT 'approval' AS clock, dossier.id AS dossier_id, NULL::bigint AS task_id, dossier.area, dossier.state AS step,
           dossier.changed_at AS since, bound.level, bound.role
    FROM dossiers_dossier AS dossier JOIN bound ON dossier.changed_at < bound.requested_before
    WHERE dossier.state = 'APPROVAL_REQUESTED'
    UNION ALL
    SELECT 'dossier', dossier.id, NULL, dossier.area, dossier.state, dossier.received_at, bound.level, bound.role
    FROM dossiers_dossier AS dossier JOIN bound ON dossier.due_on <= bound.due_up_to
    WHERE dossier.state = ANY (%(open_states)s) AND dossier.closed_on IS NULL
    UNION ALL
    SELECT 'task', NULL, task.id, task.area, task.kind, task.opened_at, bound.level, bound.role
    FROM dossiers_task AS task JOIN bound ON task.opened_at < bound.opened_before
    WHERE task.closed_at IS NULL
),
fresh AS MATERIALIZED (
    SELECT overdue.* FROM overdue
    WHERE NOT EXISTS (
        SELECT 1 FROM dossiers_escalation AS before
        WHERE before.dossier_id = overdue.dossier_id AND before.clock = overdue.clock
          AND before.since = overdue.since AND before.level = overdue.level)
      AND NOT EXISTS (
        SELECT 1 FROM dossiers_escalation AS before
        WHERE before.task_id = overdue.task_id AND before.since = overdue.since AND before.level = overdue.level)
    LIMIT %(limit)s
),
-- Each area once a level and step, however many wait there.
place AS (
    SELECT spot.area, spot.level, spot.step, spot.role, unit.code AS unit_code,
           coalesce(unit.province_code, lpad((-spot.area)::text, 2, '0')) AS province_code
    FROM (SELECT DISTINCT area, level, CASE WHEN role = '' THEN step ELSE '' END AS step, role FROM fresh) AS spot
    LEFT JOIN catalogues_unit AS unit ON unit.id = spot.area
),
known AS (
    SELECT place.area, place.level, place.step, array_agg(officer.username ORDER BY officer.username) AS usernames
    FROM place JOIN accounts_officer AS officer
        ON officer.is_active
       AND (officer.role = place.role OR place.role = '' AND jsonb_exists(
               coalesce(%(desks)s::jsonb -> place.step, %(desks)s::jsonb -> '*'), officer.role))
       AND CASE WHEN officer.unit_code <> '' THEN officer.unit_code = place.unit_code
                ELSE officer.province_code = place.province_code OR officer.province_code <> '' AND EXISTS (
                    SELECT 1 FROM catalogues_succession AS merged
                    WHERE merged.old_code = place.province_code AND merged.new_code = officer.province_code
                      AND merged.effective <= %(on)s::date) END
    GROUP BY place.area, place.level, place.step
)
INSERT INTO dossiers_escalation (clock, dossier_id, task_id, since, level, reached_at, told)
SELECT fresh.clock, fresh.dossier_id, fresh.task_id, fresh.since, fresh.level, %(at)s,
       CASE WHEN fresh.role = '' AND assigned.username IS NOT NULL THEN ARRAY[assigned.username]
            ELSE coalesce(known.usernames, '{}') END
FROM fresh
LEFT JOIN known ON known.area = fresh.area AND known.level = fresh.level
    AND known.step = CASE WHEN fresh.role = '' THEN fresh.step ELSE '' END
LEFT JOIN LATERAL (
    SELECT officer.username FROM dossiers_assignment AS given
    JOIN accounts_officer AS officer ON officer.id = given.officer_id AND officer.is_active
    WHERE given.ended_at IS NULL
      AND (given.dossier_id = fresh.dossier_id AND given.step = fresh.step OR given.task_id = fresh.task_id)
    LIMIT 1) AS assigned ON true
ORDER BY fresh.level, fresh.dossier_id, fresh.task_id
ON CONFLICT DO NOTHING
RETURNING clock, dossier_id, task_id, level, told
