-- MESSAGE_BYTES
-- Nội dung thông điệp khác với lần nhận đầu tiên.
SELECT message.id, message.message_id FROM births_message AS message
WHERE NOT EXISTS (
    SELECT 1 FROM births_delivery AS delivery
    WHERE delivery.message_ref = message.id AND delivery.outcome = 'stored'
      AND delivery.sha256 = message.body_sha256)
