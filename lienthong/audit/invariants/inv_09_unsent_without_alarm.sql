-- INV-09
-- Thông điệp gửi ra ngoài bị bỏ lại hoặc gửi mãi không được mà không có cảnh báo.
-- Reads: database_outbox, database_alarm. Grain: one call that failed eight times or was given up.
SELECT 'database_outbox:' || owed.id, concat_ws(':', owed.kind, owed.key, owed.version)
FROM database_outbox AS owed
WHERE (owed.state = 'dead' OR owed.state = 'pending' AND owed.attempts > 8)
  AND NOT EXISTS (
      SELECT 1 FROM database_alarm AS raised
      WHERE raised.subject = concat_ws(':', owed.kind, owed.key, owed.version)
        AND raised.name IN ('outbox.dead', 'outbox.late') AND raised.closed_at IS NULL)
ORDER BY owed.id
