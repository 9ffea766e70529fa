-- Reconcile, arrived: how many messages came from each province on the day, by its books as they stand now.
-- Reads: oversight_counted (this session's). Writes: oversight_arrivedday. Grain: one province. Repeatable: yes.
-- Refuses nothing.
WITH counted AS MATERIALIZED (
    SELECT province_code, sum(received_count)::integer AS message_count
    FROM oversight_counted WHERE province_code <> '' GROUP BY province_code HAVING sum(received_count) > 0
),
gone AS (
    DELETE FROM oversight_arrivedday AS known
    WHERE known.day = %(day)s AND known.province_code NOT IN (SELECT province_code FROM counted)
)
INSERT INTO oversight_arrivedday AS known (day, province_code, message_count)
SELECT %(day)s, province_code, message_count FROM counted ORDER BY province_code
ON CONFLICT (province_code, day) DO UPDATE SET message_count = excluded.message_count
    WHERE known.message_count <> excluded.message_count
