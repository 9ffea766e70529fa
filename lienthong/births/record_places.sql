-- Record: what acts of merger did to these dossiers, and what officers chose for those of divided communes.
-- Reads: dossiers_reroute, dossiers_split, catalogues_act, catalogues_unit, catalogues_division. Writes: nothing.
-- Grain: one reroute or one choice, in the order of their instants. Names are those of the two sides of the act.
SELECT 'reroute' AS kind, told.dossier_id, told.at, told.by, told.rule, told.qualifier, act.number AS act, act.effective,
       old_unit.code AS from_unit, coalesce(old_unit.name, '') AS from_unit_name, new_unit.code AS to_unit,
       coalesce(new_unit.name, '') AS to_unit_name, coalesce(old_place.name, told.from_commune_code) AS from_commune,
       coalesce(new_place.name, told.to_commune_code) AS to_commune, '' AS note, NULL::timestamptz AS chosen_at
FROM dossiers_reroute AS told
JOIN catalogues_act AS act ON act.id = told.act_id
LEFT JOIN catalogues_unit AS old_unit ON old_unit.id = told.from_unit_id
LEFT JOIN catalogues_unit AS new_unit ON new_unit.id = told.to_unit_id
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division WHERE code = told.from_commune_code AND valid @> act.effective - 1
    LIMIT 1) AS old_place ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division WHERE code = told.to_commune_code
      AND valid @> greatest(act.effective, told.at::date) LIMIT 1) AS new_place ON true
WHERE told.dossier_id = ANY (%(dossiers)s)
UNION ALL
SELECT 'split', split.dossier_id, split.opened_at, split.chosen_by, '', split.chosen_basis, '', split.split_on,
       NULL, '', NULL, '', split.old_name,
       coalesce((SELECT candidate ->> 'name' FROM jsonb_array_elements(split.candidates) AS candidate
                 WHERE candidate ->> 'code' = split.chosen_code LIMIT 1), split.chosen_code),
       split.note, split.chosen_at
FROM dossiers_split AS split
WHERE split.dossier_id = ANY (%(dossiers)s)
ORDER BY 3
