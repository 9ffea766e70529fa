-- Reconcile, due: the days to look at now; today is not over and never among them. What changed and what was never looked
-- at comes first, then the near days: old days with a straggler wait for them, not they for those.
-- Reads: oversight_lookedday, oversight_book, oversight_statement, births_message. Writes: nothing.
-- Grain: a day. Repeatable: yes. Refuses nothing. What is open is asked of the books, by an index of those alone: differences
-- that are explained for good stay open for ever.
WITH began AS (
    SELECT least((SELECT min(statement.day) FROM oversight_statement AS statement
                  WHERE statement.state = 'taken' AND statement.received_at < statement.day + 1 + %(usual_days)s),
                 (SELECT (message.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                  FROM births_message AS message ORDER BY message.id LIMIT 1)) AS day
),
unsettled AS (
    SELECT DISTINCT day FROM oversight_book WHERE until IS NULL AND open_count > 0
)
SELECT series.day
FROM (
    SELECT each.day::date AS day FROM began, generate_series(began.day, %(today)s::date - 1, interval '1 day') AS each (day)
    UNION
    SELECT touched.day FROM oversight_lookedday AS touched WHERE touched.day < %(today)s::date) AS series
LEFT JOIN oversight_lookedday AS looked ON looked.day = series.day
LEFT JOIN unsettled ON unsettled.day = series.day
WHERE looked.looked_at IS NULL OR looked.is_touched
   OR looked.looked_at < %(month_ago)s
   OR looked.looked_at < %(midnight)s AND (series.day >= %(near)s OR unsettled.day IS NOT NULL)
   OR looked.looked_at < %(again)s AND series.day >= %(close)s AND unsettled.day IS NOT NULL
ORDER BY coalesce(looked.is_touched, false) DESC, looked.looked_at IS NULL DESC, series.day >= %(near)s DESC,
         looked.looked_at, series.day LIMIT %(limit)s
