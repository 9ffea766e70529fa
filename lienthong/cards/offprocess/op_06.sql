-- OP-06: the steps of a card in a wrong order: approved before it was asked for, printed before approved, handed over
-- before printed. Reads: cards_card, cards_request, cards_approval, cards_copy, cards_printrun, cards_handover.
-- Writes nothing. Grain: one card. Repeatable: reads alone. Refuses nothing.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, card.valid::text,
       CASE WHEN approval.at < request.requested_at THEN 'Duyệt trước khi có yêu cầu'
            WHEN printed.at < approval.at THEN 'In trước khi duyệt'
            ELSE 'Trả trước khi in' END
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
LEFT JOIN cards_approval AS approval ON approval.request_id = card.request_id
LEFT JOIN LATERAL (
    SELECT min(run.at) AS at FROM cards_copy AS copy JOIN cards_printrun AS run ON run.id = copy.run_id
    WHERE copy.card_id = card.id) AS printed ON true
LEFT JOIN cards_handover AS handed ON handed.card_id = card.id
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND (approval.at < request.requested_at OR printed.at < approval.at OR handed.at < printed.at)
