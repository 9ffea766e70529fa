-- CARD_EVENTS
-- Trạng thái thẻ khác với sự kiện cuối cùng, hoặc chuỗi sự kiện bị đứt.
SELECT walk.card_id, walk.from_state || ' → ' || walk.to_state
FROM (
    SELECT event.card_id, event.from_state, event.to_state,
           lag(event.to_state, 1, '') OVER (PARTITION BY event.card_id ORDER BY event.id) AS before,
           lead(event.id) OVER (PARTITION BY event.card_id ORDER BY event.id) IS NULL AS is_last
    FROM cards_event AS event) AS walk
JOIN cards_card AS card ON card.id = walk.card_id
WHERE walk.from_state <> walk.before OR (walk.is_last AND walk.to_state <> card.status)
UNION ALL
SELECT card.id, card.code FROM cards_card AS card
WHERE NOT EXISTS (SELECT 1 FROM cards_event AS event WHERE event.card_id = card.id)
