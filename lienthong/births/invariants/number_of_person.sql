-- NUMBER_OF_PERSON
-- Mã số BHXH trên hồ sơ hoặc thẻ không phải của người này.
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
LEFT JOIN persons_number AS number
    ON number.number = dossier.insurance_number AND number.person_id = dossier.person_id
WHERE dossier.insurance_number IS NOT NULL AND number.number IS NULL
UNION ALL
SELECT card.id, card.code FROM cards_card AS card
LEFT JOIN persons_number AS number
    ON number.number = card.insurance_number AND number.person_id = card.person_id
WHERE number.number IS NULL OR right(card.code, 10) <> card.insurance_number
