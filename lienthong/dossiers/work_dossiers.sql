-- Work of one kind among dossiers: those at one step in the actor's area, urgent first, then the oldest.
-- Reads: dossiers_dossier, dossiers_assignment, dossiers_task, catalogues_unit, catalogues_division, accounts_officer.
-- Writes: nothing. Grain: one dossier. Repeatable. Refuses nothing.
-- What belongs to a row is asked row by row (LIMIT 1): the tables of tasks and assignments are never read whole.
-- Each area is read from the index dossier_work where the page before ended, and no further than one page.
WITH area AS MATERIALIZED (
    SELECT unnest(authz.areas()) AS id
    UNION
    SELECT id::integer FROM catalogues_unit WHERE (SELECT authz.everywhere())
    UNION
    SELECT -code FROM generate_series(0, 99) AS code WHERE (SELECT authz.everywhere())
),
found AS (
    SELECT line.id, line.is_calm, line.due_on
    FROM area CROSS JOIN LATERAL (
        SELECT dossier.id, (NOT dossier.urgent) AS is_calm, dossier.due_on
        FROM dossiers_dossier AS dossier
        WHERE dossier.area = area.id AND dossier.state = %(state)s
          AND ((NOT dossier.urgent), dossier.due_on, dossier.id) > (%(calm)s, %(due_on)s::date, %(id)s)
          AND (%(due_up_to)s::date IS NULL OR dossier.due_on <= %(due_up_to)s)
          AND (%(requested_before)s::timestamptz IS NULL OR dossier.changed_at < %(requested_before)s)
          AND (%(part)s = '' OR (dossier.reason = 'H-AREA-SPLIT') = (%(part)s = 'split'))
          AND (%(part)s <> 'rest' OR (
              SELECT task.id FROM dossiers_task AS task
              WHERE task.dossier_id = dossier.id AND task.closed_at IS NULL LIMIT 1) IS NULL)
          AND (%(whose)s <> 'free' OR (
              SELECT given.id FROM dossiers_assignment AS given
              WHERE given.dossier_id = dossier.id AND given.ended_at IS NULL AND given.step = dossier.state LIMIT 1)
              IS NULL)
        ORDER BY (NOT dossier.urgent), dossier.due_on, dossier.id LIMIT %(limit)s) AS line
    WHERE %(whose)s <> 'mine'
    UNION ALL
    SELECT dossier.id, (NOT dossier.urgent), dossier.due_on
    FROM dossiers_assignment AS given JOIN dossiers_dossier AS dossier ON dossier.id = given.dossier_id
    WHERE %(whose)s = 'mine' AND given.officer_id = %(officer)s AND given.ended_at IS NULL
      AND given.step = dossier.state AND dossier.state = %(state)s
      AND ((NOT dossier.urgent), dossier.due_on, dossier.id) > (%(calm)s, %(due_on)s::date, %(id)s)
      AND (%(due_up_to)s::date IS NULL OR dossier.due_on <= %(due_up_to)s)
      AND (%(requested_before)s::timestamptz IS NULL OR dossier.changed_at < %(requested_before)s)
      AND (%(part)s = '' OR (dossier.reason = 'H-AREA-SPLIT') = (%(part)s = 'split'))
),
shown AS MATERIALIZED (
    SELECT id FROM found ORDER BY is_calm, due_on, id LIMIT %(limit)s
)
SELECT 'dossier' AS subject, dossier.id, dossier.id AS dossier_id, dossier.code AS dossier_code, dossier.message_id,
       dossier.child_name, dossier.child_born_on AS birth_date, dossier.state, dossier.reason, '' AS task_kind,
       dossier.urgent, dossier.changed_at AS since, dossier.due_on AS dossier_due_on,
       coalesce(commune.name, '') AS commune_name, coalesce(unit.code, '') AS unit_code,
       coalesce(unit.name, '') AS unit_name, dossier.late_reason, dossier.late_note,
       coalesce(officer.username, '') AS assigned_to, coalesce(officer.full_name, '') AS assigned_name
FROM shown JOIN dossiers_dossier AS dossier ON dossier.id = shown.id
LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
LEFT JOIN LATERAL (
    SELECT holder.username, holder.full_name
    FROM dossiers_assignment AS given JOIN accounts_officer AS holder ON holder.id = given.officer_id
    WHERE given.dossier_id = dossier.id AND given.ended_at IS NULL AND given.step = dossier.state LIMIT 1) AS officer
    ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = coalesce(nullif(dossier.resolved_commune_code, ''), dossier.commune_code)
      AND division.level = 'commune' AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
ORDER BY (NOT dossier.urgent), dossier.due_on, dossier.id
