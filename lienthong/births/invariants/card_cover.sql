-- CARD_COVER
-- Thời hạn thẻ không đúng với thời hạn pháp luật quy định.
SELECT card.id, card.code FROM cards_card AS card
JOIN persons_person AS person ON person.id = card.person_id
LEFT JOIN database_law_validity AS law ON law.birth_date = card.born_on
WHERE card.status = 'active'
  AND (card.valid <> person.entitled
       OR (law.birth_date IS NOT NULL
           AND (card.valid <> daterange(law.first_day, law.end_day) OR card.five_year_on <> law.five_year_on)))
