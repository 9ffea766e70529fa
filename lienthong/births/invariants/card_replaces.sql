-- CARD_REPLACES
-- Thẻ ghi thay cho một thẻ khác với thẻ nêu trong yêu cầu đã duyệt.
SELECT card.id, card.code FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
WHERE card.replaces_id IS DISTINCT FROM request.replaces_id
