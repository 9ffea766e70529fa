-- OP-03: a printed card that waited for its family longer than allowed, or still does.
-- Reads: cards_copy, cards_printrun, cards_card, cards_handover, dossiers_event, cards_officeday, cards_stepdue.
-- Writes nothing. Grain: one card. Repeatable: what is settled is not found again. Refuses nothing.
-- The wait is over when the card is handed over or closed, or when its dossier has left the hand-over queue.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, allowed.due_at, ended.at,
       NULL::text, card.valid::text, ''
FROM cards_card AS card
CROSS JOIN LATERAL (
    SELECT min(run.at) AS at FROM cards_copy AS copy JOIN cards_printrun AS run ON run.id = copy.run_id
    WHERE copy.card_id = card.id) AS printed
JOIN cards_officeday AS office ON office.day = (printed.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
JOIN cards_stepdue AS allowed
    ON allowed.step = 'return'
   AND allowed.day = CASE WHEN (printed.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::time > office.cut_off
                          THEN office.next_worked ELSE office.day END
LEFT JOIN cards_handover AS handed ON handed.card_id = card.id
LEFT JOIN LATERAL (
    SELECT min(event.at) AS at FROM dossiers_event AS event
    WHERE handed.at IS NULL AND event.dossier_id = card.dossier_id AND event.from_state = 'PRINTED'
      AND event.at >= printed.at) AS gone_on ON true
CROSS JOIN LATERAL (SELECT least(handed.at, card.ended_at, gone_on.at) AS at) AS ended
WHERE (%(everything)s OR card.id = ANY (%(ids)s)) AND card.print_count > 0
  AND (coalesce(ended.at, %(at)s) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date >= allowed.late_from
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-03' AND known.subject_kind = 'card' AND known.subject_id = card.id
                    AND known.ended_at IS NOT NULL)
