-- Dossiers that are over their day before a card was approved, by unit.
-- Reads: dossiers_dossier, catalogues_unit. Grain: one unit, 'no-unit' for none. Writes nothing. Repeatable.
SELECT coalesce(unit.code, 'no-unit'), jsonb_build_object('count', count(*), 'since', min(dossier.due_on))
FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
WHERE dossier.state IN ('RECEIVED', 'CREATE_FAILED', 'MANUAL_REVIEW', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS',
                        'ARISEN', 'APPROVAL_REQUESTED')
  AND dossier.due_on < %(on)s
GROUP BY 1
