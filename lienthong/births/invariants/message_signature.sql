-- MESSAGE_SIGNATURE
-- Chữ ký của bên gửi không phải của nội dung đã nhận.
SELECT made.correlation_id, delivery.message_ref
FROM births_signature AS made
JOIN births_delivery AS delivery ON delivery.correlation_id = made.correlation_id
WHERE made.base ~ '(^|\n)"content-digest": [^\n]*sha-256=:'
  AND position(encode(coalesce(made.sent_sha256, delivery.sha256), 'base64') IN made.base) = 0
