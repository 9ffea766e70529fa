-- DOSSIER_OWNER
-- Hồ sơ đang xử lý mà không thuộc đúng một đơn vị cấp thẻ.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
WHERE dossier.unit_id IS NULL
  AND dossier.state IN ('CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN', 'APPROVAL_REQUESTED', 'APPROVED', 'PRINTED')
