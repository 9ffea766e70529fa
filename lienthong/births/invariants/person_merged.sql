-- PERSON_MERGED
-- Hồ sơ đã gộp vẫn còn mã số, thẻ hoặc hồ sơ riêng, hoặc được gộp mà không có quyết định.
-- A record points at another exactly while a merger of the two stands, and holds nothing of its own meanwhile.
SELECT person.id, 'gộp mà không có quyết định' FROM persons_person AS person
WHERE person.merged_into_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM persons_merge AS merger
                  WHERE merger.loser_id = person.id AND merger.survivor_id = person.merged_into_id
                    AND merger.confirmed_at IS NOT NULL AND merger.undone_at IS NULL)
UNION ALL
SELECT merger.loser_id, 'có quyết định mà chưa gộp' FROM persons_merge AS merger
JOIN persons_person AS person ON person.id = merger.loser_id
WHERE merger.confirmed_at IS NOT NULL AND merger.undone_at IS NULL
  AND person.merged_into_id IS DISTINCT FROM merger.survivor_id
UNION ALL
SELECT person.id, 'mã số ' || ledger.number FROM persons_person AS person
JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
WHERE person.merged_into_id IS NOT NULL
UNION ALL
SELECT person.id, 'thẻ ' || card.code FROM persons_person AS person
JOIN cards_card AS card ON card.person_id = person.id AND card.status IN ('requested', 'active')
WHERE person.merged_into_id IS NOT NULL
UNION ALL
SELECT person.id, 'hồ sơ ' || dossier.code FROM persons_person AS person
JOIN dossiers_dossier AS dossier
    ON dossier.person_id = person.id AND dossier.state NOT IN ('REJECTED', 'CANCELLED')
WHERE person.merged_into_id IS NOT NULL
