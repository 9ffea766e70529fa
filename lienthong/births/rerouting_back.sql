-- Caught back: open dossiers that stand where an act had put its people, now that the act is undone.
-- Reads: dossiers_dossier, catalogues_route, catalogues_cutover. Writes: rerouting_caught.
-- Grain: one dossier. Repeatable: a dossier that was moved back stands on the map again. Refuses nothing.
INSERT INTO rerouting_caught (dossier_id, cutover_id, route_id, old_code)
SELECT dossier.id, back.id, route.id, dossier.resolved_commune_code
FROM dossiers_dossier AS dossier
CROSS JOIN LATERAL (
    SELECT place.* FROM catalogues_route AS place
    WHERE place.commune_code = coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code)
      AND place.registered @> coalesce(dossier.chosen_on, dossier.registered_on)
    LIMIT 1) AS route
JOIN catalogues_cutover AS back ON back.act_id = %(act)s AND back.kind = 'undo'
WHERE dossier.state NOT IN ('RETURNED', 'REJECTED', 'CANCELLED')
  AND (route.commune_code = ANY (%(codes)s) OR dossier.resolved_commune_code = ANY (%(codes)s))
  AND (dossier.unit_id IS NULL
       OR (dossier.resolved_commune_code, dossier.resolved_since)
          IS DISTINCT FROM (route.resolved_code, route.resolved_since))
