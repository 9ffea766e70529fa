-- CARD_COPIES
-- Số lần in ghi trên thẻ khác với số tờ đã in.
SELECT card.id, card.code FROM cards_card AS card
LEFT JOIN (SELECT card_id, count(*) AS printed, max(copy_number) AS last_copy FROM cards_copy GROUP BY card_id)
    AS copies ON copies.card_id = card.id
WHERE card.print_count <> coalesce(copies.printed, 0) OR card.print_count <> coalesce(copies.last_copy, 0)
