-- OP-05: an approval without a standing request of collection, or by who had asked.
-- Reads: cards_approval, cards_request, cards_card. Writes nothing.
-- Grain: one approval. Repeatable: reads alone. Refuses nothing.
SELECT approval.request_id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, card.valid::text,
       CASE WHEN request.id IS NULL THEN 'Không còn yêu cầu'
            WHEN request.withdrawn_at <= approval.at THEN 'Yêu cầu đã rút trước khi duyệt'
            WHEN approval.approver_person IN (approval.requester_person, request.requester_person)
                 THEN 'Người duyệt cũng là người yêu cầu'
            ELSE 'Nội dung được duyệt không phải nội dung yêu cầu' END
FROM cards_approval AS approval
JOIN cards_card AS card ON card.request_id = approval.request_id
LEFT JOIN cards_request AS request ON request.id = approval.request_id
WHERE (%(everything)s OR approval.request_id = ANY (%(ids)s))
  AND (request.id IS NULL OR request.withdrawn_at <= approval.at
       OR approval.approver_person IN (approval.requester_person, request.requester_person)
       OR (approval.body_sha256, approval.requester_person) <> (request.body_sha256, request.requester_person))
