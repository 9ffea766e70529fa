-- MESSAGE_ANSWERED
-- Thông điệp đã xử lý nhưng chưa có trả lời cho nơi gửi.
SELECT message.id, message.message_id FROM births_message AS message
WHERE message.state <> 'pending' AND message.channel <> 'paper'
  AND NOT EXISTS (SELECT 1 FROM database_outbox AS answer
                  WHERE answer.kind = 'justice.answer' AND answer.key = message.id::text)
