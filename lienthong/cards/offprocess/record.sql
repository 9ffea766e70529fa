-- Record: what a rule selected becomes findings; one that is known already only gains its end.
-- Reads: dossiers_dossier, catalogues_unit. Writes: cards_finding.
-- Grain: one rule and subject. Repeatable: a finding is unique. Refuses nothing.
INSERT INTO cards_finding (rule, subject_kind, subject_id, card_id, dossier_id, unit_id, area, province_code, operation,
                           found_at, found_by, due_at, ended_at, delay_minutes, old_valid, new_valid, detail, state,
                           reason, answer, answered_by, note, confirmed_by)
SELECT %(rule)s, %(subject_kind)s, suspect.subject_id, suspect.card_id, suspect.dossier_id, suspect.unit_id, suspect.area,
       coalesce(unit.province_code, dossier.province_code), %(operation)s, %(at)s, %(found_by)s, suspect.due_at,
       suspect.ended_at, CASE WHEN suspect.ended_at IS NOT NULL
                              THEN cards_worked_minutes(suspect.due_at, suspect.ended_at) END,
       suspect.old_valid::daterange, suspect.new_valid::daterange, suspect.detail, 'open', '', '', '', '', ''
FROM unnest(%(subject_ids)s::bigint[], %(card_ids)s::bigint[], %(dossier_ids)s::bigint[], %(unit_ids)s::bigint[],
            %(areas)s::int[], %(due_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(old_valid)s::text[],
            %(new_valid)s::text[], %(details)s::text[])
    AS suspect (subject_id, card_id, dossier_id, unit_id, area, due_at, ended_at, old_valid, new_valid, detail)
JOIN dossiers_dossier AS dossier ON dossier.id = suspect.dossier_id
LEFT JOIN catalogues_unit AS unit ON unit.id = suspect.unit_id
-- Listed in the order in which they were written: the eldest first, whatever the plan.
ORDER BY suspect.subject_id
ON CONFLICT (rule, subject_kind, subject_id) DO UPDATE
SET ended_at = excluded.ended_at, delay_minutes = excluded.delay_minutes
WHERE cards_finding.ended_at IS NULL AND excluded.ended_at IS NOT NULL
RETURNING xmax = 0
