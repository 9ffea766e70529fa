-- MERGER_OWNER
-- Hồ sơ chưa phát sinh thu còn nằm ở địa bàn đã sáp nhập, sau thời điểm chuyển (công văn 680/BHXH-CNTT, mục 2).
-- A dossier stands where its commune has ended by a succession, and no cut-over of its unit is still to come.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
JOIN catalogues_division AS place
    ON place.code = dossier.resolved_commune_code AND lower(place.valid) = dossier.resolved_since
JOIN catalogues_version AS version ON version.id = 1 AND upper(place.valid) <= version.routes_on
WHERE dossier.state IN ('CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'MANUAL_REVIEW') AND dossier.unit_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM catalogues_succession AS turn
              WHERE turn.old_code = place.code AND turn.effective = upper(place.valid))
  AND NOT EXISTS (SELECT 1 FROM catalogues_cutover AS due
                  WHERE due.done_at IS NULL AND coalesce(due.unit_id, dossier.unit_id) = dossier.unit_id)
