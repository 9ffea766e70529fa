-- OP-01: a request that waited for its approval longer than allowed, or still does.
-- Reads: cards_request, cards_card, cards_approval, cards_officeday, cards_stepdue. Writes nothing.
-- Grain: one request. Repeatable: what is settled is not found again. Refuses nothing.
SELECT request.id, card.id, request.dossier_id, card.unit_id, card.area, allowed.due_at, ended.at,
       NULL::text, card.valid::text, ''
FROM cards_request AS request
JOIN cards_card AS card ON card.request_id = request.id
LEFT JOIN cards_approval AS approval ON approval.request_id = request.id
CROSS JOIN LATERAL (SELECT coalesce(approval.at, request.withdrawn_at, card.ended_at) AS at) AS ended
JOIN cards_officeday AS office ON office.day = (request.requested_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
JOIN cards_stepdue AS allowed
    ON allowed.step = 'approve'
   AND allowed.day = CASE WHEN (request.requested_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::time > office.cut_off
                          THEN office.next_worked ELSE office.day END
WHERE (%(everything)s OR request.id = ANY (%(ids)s))
  AND (coalesce(ended.at, %(at)s) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date >= allowed.late_from
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-01' AND known.subject_kind = 'request' AND known.subject_id = request.id
                    AND known.ended_at IS NOT NULL)
