-- OP-14: a contribution that arose at an old unit after the dossier was to leave it (công văn 680, mục 2).
-- Reads: collection_entry, dossiers_dossier, dossiers_reroute, catalogues_cutover, catalogues_succession,
--        catalogues_division. Writes nothing.
-- Grain: one dossier, its live or voided entry. Repeatable: what is settled is not found again. Refuses nothing.
-- Either the dossier had been moved away before, or it stood where its commune had ended and the unit was cut over.
SELECT dossier.id, NULL::bigint, dossier.id, entry.unit_id, entry.area, NULL::timestamptz, entry.voided_at,
       NULL::text, entry.covers::text,
       'Phát sinh lúc ' || to_char(entry.arisen_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'HH24:MI DD/MM/YYYY')
FROM (
    -- Live and voided entries have an index each: asked for without saying which, every entry would be read.
    SELECT * FROM collection_entry WHERE voided_at IS NULL
    UNION ALL
    SELECT * FROM collection_entry WHERE voided_at IS NOT NULL) AS entry
JOIN dossiers_dossier AS dossier ON dossier.id = entry.dossier_id
WHERE (%(everything)s OR entry.dossier_id = ANY (%(ids)s))
  AND (EXISTS (
           SELECT 1 FROM dossiers_reroute AS away
           WHERE away.dossier_id = entry.dossier_id AND away.from_unit_id = entry.unit_id
             AND away.to_unit_id IS DISTINCT FROM away.from_unit_id AND away.at < entry.arisen_at
             AND NOT EXISTS (SELECT 1 FROM dossiers_reroute AS back
                             WHERE back.dossier_id = entry.dossier_id AND back.to_unit_id = entry.unit_id
                               AND back.at >= away.at AND back.id > away.id AND back.at <= entry.arisen_at))
       OR EXISTS (
           SELECT 1 FROM catalogues_cutover AS cutover
           JOIN catalogues_act AS act ON act.id = cutover.act_id AND act.undone_at IS NULL
           JOIN catalogues_succession AS turn
               ON turn.effective = act.effective AND turn.old_code = dossier.resolved_commune_code
           JOIN catalogues_division AS place
               ON place.code = turn.old_code AND place.level = 'commune' AND upper(place.valid) = turn.effective
              AND lower(place.valid) = dossier.resolved_since
           WHERE cutover.kind = 'apply' AND cutover.unit_id = entry.unit_id AND cutover.done_at < entry.arisen_at))
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-14' AND known.subject_kind = 'dossier' AND known.subject_id = dossier.id
                    AND known.ended_at IS NOT NULL)
