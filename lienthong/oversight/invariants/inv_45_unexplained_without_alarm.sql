-- INV-45
-- Có chênh lệch chưa rõ lý do với Bộ Tư pháp mà không có cảnh báo đang mở.
SELECT DISTINCT concat_ws(' ', known.day, known.province_code), ''
FROM oversight_difference AS known
WHERE known.closed_at IS NULL AND known.reason IN ('UNEXPLAINED', 'STATEMENT_MISSING', 'COUNT_AND_LIST')
  AND NOT EXISTS (
      SELECT 1 FROM database_alarm AS alarm
      WHERE alarm.name = 'oversight.books' AND alarm.closed_at IS NULL
        AND alarm.subject = known.day || ' ' || coalesce(nullif(known.province_code, ''), '--'))
