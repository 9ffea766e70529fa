-- NOTICE_LETTER
-- Thông báo đã lập cho một địa chỉ mà không có thư trong hộp gửi đi.
-- Reads: notices_notice, database_outbox. Grain: one notice to an address.
SELECT notice.id, notice.kind
FROM notices_notice AS notice
WHERE notice.channel <> 'page'
  AND NOT EXISTS (
      SELECT 1 FROM database_outbox AS letter
      WHERE letter.kind = 'notice.' || notice.channel AND letter.key = notice.recipient AND letter.version = notice.id)
ORDER BY notice.id
