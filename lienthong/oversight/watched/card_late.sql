-- Cards that are approved and not in the family's hands after the day they were promised for (INV-20), one by one.
-- Reads: dossiers_dossier, catalogues_unit. Grain: one dossier. Writes nothing. Repeatable.
SELECT 'dossier:' || dossier.id,
       jsonb_build_object('state', dossier.state, 'due_on', dossier.due_on, 'unit', unit.code)
FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
WHERE dossier.state IN ('APPROVED', 'PRINTED') AND dossier.due_on < %(on)s
ORDER BY dossier.id LIMIT 50000
