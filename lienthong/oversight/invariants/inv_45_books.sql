-- INV-45
-- Số đối soát của một xã, một ngày khác với các chênh lệch đang mở của xã, ngày đó.
WITH told AS (
    SELECT day, province_code, commune_code,
           count(*) FILTER (WHERE book = 'sent' AND message_ref IS NULL AND reason <> 'STATED_TWICE') AS missing_count,
           count(*) FILTER (WHERE reason = 'STATED_TWICE') AS twice_count,
           count(*) FILTER (WHERE book = 'bytes') AS bytes_count, count(*) FILTER (WHERE book = 'child') AS child_count,
           count(*) FILTER (WHERE book = 'number') AS numberless_count,
           count(*) FILTER (WHERE book = 'card') AS cardless_count,
           count(*) FILTER (WHERE reason IN ('UNEXPLAINED', 'STATEMENT_MISSING', 'COUNT_AND_LIST')) AS unexplained_count
    FROM oversight_difference WHERE closed_at IS NULL
    GROUP BY day, province_code, commune_code
),
standing AS (
    SELECT * FROM oversight_book WHERE until IS NULL
)
SELECT concat_ws(' ', day, province_code, nullif(commune_code, '')), ''
FROM standing FULL JOIN told USING (day, province_code, commune_code)
WHERE coalesce(standing.missing_count, 0) <> coalesce(told.missing_count, 0)
   OR coalesce(standing.twice_count, 0) <> coalesce(told.twice_count, 0)
   OR coalesce(standing.bytes_count, 0) <> coalesce(told.bytes_count, 0)
   OR coalesce(standing.aside_count + standing.repeat_count, 0) <> coalesce(told.child_count, 0)
   OR coalesce(standing.numberless_count, 0) <> coalesce(told.numberless_count, 0)
   OR coalesce(standing.cardless_count, 0) <> coalesce(told.cardless_count, 0)
   OR coalesce(standing.unexplained_count, 0) <> coalesce(told.unexplained_count, 0)
