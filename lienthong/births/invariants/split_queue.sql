-- SPLIT_QUEUE
-- Hồ sơ của xã, phường đã chia tách mà không nằm đúng một lần trong danh sách chọn đơn vị mới.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
LEFT JOIN dossiers_split AS split ON split.dossier_id = dossier.id AND split.closed_at IS NULL
WHERE dossier.state = 'MANUAL_REVIEW' AND dossier.reason = 'H-AREA-SPLIT' AND split.id IS NULL
UNION ALL
SELECT dossier.id, dossier.code FROM dossiers_split AS split JOIN dossiers_dossier AS dossier ON dossier.id = split.dossier_id
WHERE split.closed_at IS NULL AND split.chosen_code = '' AND (dossier.state, dossier.reason) <> ('MANUAL_REVIEW', 'H-AREA-SPLIT')
