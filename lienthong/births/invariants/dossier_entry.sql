-- DOSSIER_ENTRY
-- Hồ sơ đã phát sinh thu mà không có đúng một dòng phát sinh.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
LEFT JOIN collection_entry AS entry ON entry.dossier_id = dossier.id AND entry.voided_at IS NULL
WHERE dossier.kind = 'first' AND dossier.state IN ('ARISEN', 'APPROVAL_REQUESTED', 'APPROVED', 'PRINTED', 'RETURNED')
  AND (entry.id IS NULL OR entry.person_id <> dossier.person_id)
