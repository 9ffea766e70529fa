-- OP-04: a card that is in force, printed or handed over without an approval, or without the event of one.
-- Reads: cards_card, cards_approval, cards_event, cards_copy, cards_handover. Writes nothing.
-- Grain: one card. Repeatable: reads alone. Refuses nothing.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, card.valid::text,
       CASE WHEN approval.request_id IS NULL THEN 'Không có lượt duyệt của yêu cầu' ELSE 'Không có sự kiện duyệt' END
FROM cards_card AS card
LEFT JOIN cards_approval AS approval ON approval.request_id = card.request_id
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND (card.status NOT IN ('requested', 'cancelled')
       OR EXISTS (SELECT 1 FROM cards_copy AS copy WHERE copy.card_id = card.id)
       OR EXISTS (SELECT 1 FROM cards_handover AS handed WHERE handed.card_id = card.id))
  AND (approval.request_id IS NULL
       OR NOT EXISTS (SELECT 1 FROM cards_event AS event
                      WHERE event.card_id = card.id AND event.to_state = 'active'))
