-- DECOY_NUMBER
-- Mã số mồi trùng với mã số của một người thật.
SELECT decoy.number, 'number ' || number.status
FROM authz.decoy AS decoy JOIN persons_number AS number ON number.number = decoy.number
UNION ALL
SELECT decoy.number, 'card ' || card.id FROM authz.decoy AS decoy JOIN cards_card AS card ON card.insurance_number = decoy.number
UNION ALL
SELECT decoy.number, 'mother of ' || person.id
FROM authz.decoy AS decoy JOIN persons_person AS person ON person.mother_insurance_number = decoy.number
UNION ALL
SELECT decoy.number, 'personal id of ' || person.id
FROM authz.decoy AS decoy JOIN persons_person AS person ON person.personal_id = decoy.personal_id
