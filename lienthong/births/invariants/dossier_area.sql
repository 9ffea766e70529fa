-- DOSSIER_AREA
-- Địa bàn của hồ sơ hoặc thẻ khác với đơn vị cấp thẻ.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
WHERE dossier.unit_id IS NOT NULL AND dossier.area <> dossier.unit_id
UNION ALL
SELECT card.id, card.code FROM cards_card AS card WHERE card.area <> card.unit_id AND card.status <> 'cancelled'
