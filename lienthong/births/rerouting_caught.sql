-- Caught: open dossiers that stand where the map no longer puts them because of this act, with their cut-over.
-- Reads: dossiers_dossier, rerouting_turn, catalogues_route, catalogues_cutover. Writes: rerouting_caught.
-- Grain: one dossier. Repeatable: a dossier that was moved stands on the new map. Refuses nothing.
-- Without an open cut-over of its unit a dossier belongs to that of no unit; a dry run has none at all.
INSERT INTO rerouting_caught (dossier_id, cutover_id, route_id, old_code)
SELECT dossier.id, coalesce(own.id, rest.id), route.id, turn.old_code
FROM dossiers_dossier AS dossier
CROSS JOIN LATERAL (
    SELECT place.id, place.resolved_code, place.resolved_since FROM catalogues_route AS place
    WHERE place.commune_code = coalesce(nullif(dossier.chosen_commune_code, ''), dossier.commune_code)
      AND place.registered @> coalesce(dossier.chosen_on, dossier.registered_on)
    LIMIT 1) AS route
JOIN rerouting_turn AS turn ON turn.route_id = route.id
LEFT JOIN catalogues_cutover AS own
    ON own.act_id = %(act)s AND own.kind = 'apply' AND own.unit_id = dossier.unit_id
   AND own.done_at IS NULL
LEFT JOIN catalogues_cutover AS rest ON rest.act_id = %(act)s AND rest.kind = 'apply' AND rest.unit_id IS NULL
WHERE dossier.state NOT IN ('RETURNED', 'REJECTED', 'CANCELLED')
  AND (dossier.unit_id IS NULL
       OR (dossier.resolved_commune_code, dossier.resolved_since)
          IS DISTINCT FROM (route.resolved_code, route.resolved_since))
  AND NOT EXISTS (SELECT 1 FROM dossiers_reroute AS told
                  WHERE told.act_id = %(act)s AND told.dossier_id = dossier.id)
