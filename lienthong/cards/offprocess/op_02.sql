-- OP-02: a card that waited for its print longer than allowed after the approval, or still does.
-- Reads: cards_card, cards_approval, cards_copy, cards_printrun, cards_handover, dossiers_event, cards_officeday,
--        cards_stepdue. Writes nothing.
-- Grain: one card. Repeatable: what is settled is not found again. Refuses nothing.
-- The wait is over when the card is printed, handed over or closed, or when its dossier has left the print queue.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, allowed.due_at, ended.at,
       NULL::text, card.valid::text, ''
FROM cards_card AS card
JOIN cards_approval AS approval ON approval.request_id = card.request_id
JOIN cards_officeday AS office ON office.day = (approval.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
JOIN cards_stepdue AS allowed
    ON allowed.step = 'print'
   AND allowed.day = CASE WHEN (approval.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::time > office.cut_off
                          THEN office.next_worked ELSE office.day END
LEFT JOIN LATERAL (
    SELECT min(run.at) AS at FROM cards_copy AS copy JOIN cards_printrun AS run ON run.id = copy.run_id
    WHERE copy.card_id = card.id) AS printed ON true
LEFT JOIN cards_handover AS handed ON handed.card_id = card.id
LEFT JOIN LATERAL (
    SELECT min(event.at) AS at FROM dossiers_event AS event
    WHERE printed.at IS NULL AND event.dossier_id = card.dossier_id AND event.from_state = 'APPROVED'
      AND event.at >= approval.at) AS gone_on ON true
CROSS JOIN LATERAL (SELECT least(printed.at, handed.at, card.ended_at, gone_on.at) AS at) AS ended
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND (coalesce(ended.at, %(at)s) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date >= allowed.late_from
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-02' AND known.subject_kind = 'card' AND known.subject_id = card.id
                    AND known.ended_at IS NOT NULL)
