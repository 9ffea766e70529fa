-- Reconcile, due: the days to look at now, the oldest first; today is not over and never among them.
-- Reads: oversight_lookedday, oversight_difference, oversight_statement, births_message. Writes: nothing.
-- Grain: a day. Repeatable: yes. Refuses nothing.
WITH began AS (
    SELECT least((SELECT min(statement.day) FROM oversight_statement AS statement WHERE statement.state = 'taken'),
                 (SELECT (message.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                  FROM births_message AS message ORDER BY message.id LIMIT 1)) AS day
),
unsettled AS (
    SELECT DISTINCT day FROM oversight_difference WHERE closed_at IS NULL AND reason <> ALL (%(final)s)
)
SELECT series.day::date
FROM began, generate_series(began.day, %(today)s::date - 1, interval '1 day') AS series (day)
LEFT JOIN oversight_lookedday AS looked ON looked.day = series.day::date
LEFT JOIN unsettled ON unsettled.day = series.day::date
WHERE looked.looked_at IS NULL OR looked.is_touched
   OR looked.looked_at < %(month_ago)s
   OR looked.looked_at < %(midnight)s AND (series.day >= %(near)s OR unsettled.day IS NOT NULL)
   OR looked.looked_at < %(again)s AND series.day >= %(close)s AND unsettled.day IS NOT NULL
ORDER BY series.day LIMIT %(limit)s
