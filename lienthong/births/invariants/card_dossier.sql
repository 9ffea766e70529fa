-- CARD_DOSSIER
-- Trạng thái thẻ và hồ sơ không khớp nhau.
SELECT dossier.id, dossier.code || ': ' || dossier.state FROM dossiers_dossier AS dossier
LEFT JOIN cards_card AS card ON card.dossier_id = dossier.id AND card.status IN ('requested', 'active')
WHERE coalesce(card.status, '') <> CASE
    WHEN dossier.state = 'APPROVAL_REQUESTED' THEN 'requested'
    WHEN dossier.state IN ('APPROVED', 'PRINTED', 'RETURNED') THEN 'active'
    ELSE '' END
