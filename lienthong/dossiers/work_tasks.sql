-- Work among tasks: those open in the actor's area that wait at his desk, the oldest first.
-- Reads: dossiers_task, dossiers_dossier, dossiers_assignment, catalogues_unit, catalogues_division, accounts_officer.
-- Writes: nothing. Grain: one task. Repeatable. Refuses nothing.
-- Each area is read from the index task_open where the page before ended, and no further than one page.
WITH area AS MATERIALIZED (
    SELECT unnest(authz.areas()) AS id
    UNION
    SELECT id::integer FROM catalogues_unit WHERE (SELECT authz.everywhere())
    UNION
    SELECT -code FROM generate_series(0, 99) AS code WHERE (SELECT authz.everywhere())
),
found AS (
    SELECT line.id
    FROM area CROSS JOIN LATERAL (
        SELECT task.id
        FROM dossiers_task AS task
        WHERE task.area = area.id AND task.closed_at IS NULL AND task.id > %(id)s
          AND task.kind <> ALL (%(not_kinds)s)
          AND (%(opened_before)s::timestamptz IS NULL OR task.opened_at < %(opened_before)s)
          AND (%(whose)s <> 'free' OR (
              SELECT given.id FROM dossiers_assignment AS given
              WHERE given.task_id = task.id AND given.ended_at IS NULL LIMIT 1) IS NULL)
        ORDER BY task.id LIMIT %(limit)s) AS line
    WHERE %(whose)s <> 'mine'
    UNION ALL
    SELECT task.id
    FROM dossiers_assignment AS given JOIN dossiers_task AS task ON task.id = given.task_id
    WHERE %(whose)s = 'mine' AND given.officer_id = %(officer)s AND given.ended_at IS NULL
      AND task.closed_at IS NULL AND task.id > %(id)s
      AND (%(opened_before)s::timestamptz IS NULL OR task.opened_at < %(opened_before)s)
),
shown AS MATERIALIZED (
    SELECT id FROM found ORDER BY id LIMIT %(limit)s
)
SELECT 'task' AS subject, task.id, task.dossier_id, coalesce(dossier.code, '') AS dossier_code,
       coalesce(dossier.message_id, '') AS message_id, coalesce(dossier.child_name, '') AS child_name,
       dossier.child_born_on AS birth_date, coalesce(dossier.state, '') AS state, '' AS reason,
       task.kind AS task_kind, coalesce(dossier.urgent, false) AS urgent, task.opened_at AS since,
       NULL::date AS dossier_due_on, coalesce(commune.name, '') AS commune_name, coalesce(unit.code, '') AS unit_code,
       coalesce(unit.name, '') AS unit_name, '' AS late_reason, '' AS late_note,
       coalesce(officer.username, '') AS assigned_to, coalesce(officer.full_name, '') AS assigned_name
FROM shown JOIN dossiers_task AS task ON task.id = shown.id
LEFT JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
LEFT JOIN LATERAL (
    SELECT holder.username, holder.full_name
    FROM dossiers_assignment AS given JOIN accounts_officer AS holder ON holder.id = given.officer_id
    WHERE given.task_id = task.id AND given.ended_at IS NULL LIMIT 1) AS officer ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = coalesce(nullif(dossier.resolved_commune_code, ''), dossier.commune_code)
      AND division.level = 'commune' AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
ORDER BY task.id
