-- MESSAGE_PENDING
-- Thông điệp chờ kiểm tra quá một giờ.
SELECT message.id, message.message_id FROM births_message AS message
WHERE message.state = 'pending'
  AND EXISTS (SELECT 1 FROM births_delivery AS later
              WHERE later.received_at > message.received_at + interval '1 hour')
