-- Reconcile, count: the book of each commune on the day, as it stands now.
-- Reads: oversight_standing, oversight_owing, oversight_told (this session's), oversight_statement, oversight_statedcount.
-- Writes: oversight_counted, a temporary table. Grain: one commune. Repeatable: yes. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS oversight_counted (
    LIKE oversight_book
) ON COMMIT DELETE ROWS;
TRUNCATE oversight_counted;
INSERT INTO oversight_counted
WITH said AS (
    SELECT statement.province_code, told.commune_code, sum(told.sent_count)::integer AS said_count
    FROM oversight_statement AS statement
    JOIN oversight_statedcount AS told ON told.statement_id = statement.id
    WHERE statement.day = %(day)s AND statement.state = 'taken'
    GROUP BY statement.province_code, told.commune_code
),
moved AS (
    SELECT province_code, commune_code, count(*) FILTER (WHERE is_listed) AS listed_count,
           count(*) FILTER (WHERE is_twice) AS twice_count,
           count(*) FILTER (WHERE is_listed AND NOT is_twice AND message_ref IS NULL) AS missing_count,
           count(*) FILTER (WHERE NOT is_listed) AS unknown_count,
           count(*) FILTER (WHERE bytes_reason <> '') AS bytes_count,
           count(message_ref) AS received_count,
           count(*) FILTER (WHERE message_ref IS NOT NULL AND NOT is_child AND NOT is_repeat) AS aside_count,
           count(*) FILTER (WHERE is_repeat AND NOT is_child) AS repeat_count,
           count(*) FILTER (WHERE is_child) AS child_count,
           count(*) FILTER (WHERE is_child AND NOT has_number) AS numberless_count,
           count(*) FILTER (WHERE has_number) AS number_count,
           count(*) FILTER (WHERE has_number AND NOT has_card) AS cardless_count,
           count(*) FILTER (WHERE has_card) AS card_count
    FROM oversight_standing GROUP BY province_code, commune_code
),
told AS (
    SELECT province_code, commune_code, count(*) FILTER (WHERE reason <> ALL (%(final)s)) AS open_count,
           count(*) FILTER (WHERE reason = ANY (%(unexplained)s)) AS unexplained_count
    FROM oversight_told GROUP BY province_code, commune_code
)
SELECT 0, %(day)s, commune_code, province_code, -coalesce(nullif(province_code, ''), '0')::integer,
       EXISTS (SELECT 1 FROM oversight_owing AS own
               WHERE own.province_code = coalesce(said.province_code, moved.province_code, told.province_code)
                 AND own.is_stated),
       coalesce(said_count, 0), coalesce(listed_count, 0), coalesce(twice_count, 0), coalesce(missing_count, 0),
       coalesce(unknown_count, 0), coalesce(bytes_count, 0), coalesce(received_count, 0), coalesce(aside_count, 0),
       coalesce(repeat_count, 0), coalesce(child_count, 0), coalesce(numberless_count, 0), coalesce(number_count, 0),
       coalesce(cardless_count, 0), coalesce(card_count, 0), coalesce(open_count, 0), coalesce(unexplained_count, 0),
       %(at)s, NULL
FROM said
FULL JOIN moved USING (province_code, commune_code)
FULL JOIN told USING (province_code, commune_code)
