-- CARD_COVER
-- Thời hạn thẻ không đúng với thời hạn pháp luật quy định.
-- The active cards of a child tile the entitlement, which is the law's for the birth date unless a renewal was approved.
SELECT card.id, card.code FROM cards_card AS card
JOIN persons_person AS person ON person.id = card.person_id
JOIN (SELECT person_id, range_agg(valid) AS days FROM cards_card WHERE status = 'active' GROUP BY person_id) AS cover
    ON cover.person_id = card.person_id
LEFT JOIN database_law_validity AS law ON law.birth_date = card.born_on
WHERE card.status = 'active'
  AND (cover.days <> datemultirange(person.entitled)
       OR (law.birth_date IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM cards_request AS renewal
                           WHERE renewal.person_id = card.person_id AND renewal.kind = 'renewal'
                             AND renewal.withdrawn_at IS NULL)
           AND (person.entitled <> daterange(law.first_day, law.end_day) OR card.five_year_on <> law.five_year_on)))
