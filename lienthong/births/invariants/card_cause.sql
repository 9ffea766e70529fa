-- CARD_CAUSE
-- Thẻ có giá trị mà không có phê duyệt hợp lệ.
SELECT card.id, card.code FROM cards_card AS card
LEFT JOIN cards_approval AS approval ON approval.request_id = card.approval_id
LEFT JOIN cards_request AS request ON request.id = card.request_id
WHERE card.status NOT IN ('requested', 'cancelled')
  AND (approval.request_id IS NULL OR approval.body_sha256 <> request.body_sha256
       OR approval.approver_person = request.requester_person)
