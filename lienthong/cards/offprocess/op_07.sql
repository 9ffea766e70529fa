-- OP-07: a further card with other days or another five-year day than the one it replaces, on a ground that changes none.
-- Reads: cards_request, cards_card. Writes nothing.
-- Grain: one request for a further card. Repeatable: reads alone. Refuses nothing.
SELECT request.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       old.valid::text, card.valid::text,
       CASE WHEN card.valid <> old.valid THEN 'Thời hạn thẻ thay đổi' ELSE 'Thời điểm đủ 05 năm liên tục thay đổi' END
           || CASE WHEN request.ground = '' THEN ', không ghi lý do' ELSE ', lý do không cho phép' END
FROM cards_request AS request
JOIN cards_card AS card ON card.request_id = request.id
JOIN cards_card AS old ON old.id = request.replaces_id
WHERE (%(everything)s OR request.id = ANY (%(ids)s))
  AND request.withdrawn_at IS NULL
  AND (card.valid, card.five_year_on) IS DISTINCT FROM (old.valid, old.five_year_on)
  AND NOT request.ground = ANY (%(dating_grounds)s)
