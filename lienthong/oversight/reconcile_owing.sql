-- Reconcile, owing: which provinces have stated the day, and of which a statement may still come.
-- Reads: oversight_statement, births_message, catalogues_division. Writes: oversight_owing (this session's).
-- Grain: one source and province that sent something on the day, stated it, or stated a day shortly before: of a province
--        whose messages and statement are both lost nothing else would tell. Repeatable: into the emptied table.
-- Refuses nothing. A statement is owed from the first day that a source ever stated in good time (one of a day long past, by mistake or
-- afterwards, makes nobody owe the years between); it is awaited until noon of the next
-- day, and beside it, until then, the neighbouring day's: a message sent about midnight may stand in either.
INSERT INTO oversight_owing
WITH began AS MATERIALIZED (
    SELECT source, min(day) AS day FROM oversight_statement
    WHERE state = 'taken' AND received_at < day + 1 + %(usual_days)s GROUP BY source
),
sent AS MATERIALIZED (
    SELECT DISTINCT message.source, message.commune_code
    FROM births_message AS message
    WHERE message.received_at >= %(first)s AND message.received_at < %(next)s AND message.channel <> 'paper'
      AND message.commune_code <> ''
),
homes AS MATERIALIZED (
    SELECT DISTINCT sent.source, home.province_code
    FROM sent
    CROSS JOIN LATERAL (
        SELECT division.province_code FROM catalogues_division AS division
        WHERE division.code = sent.commune_code AND division.level = 'commune'
        ORDER BY division.valid @> %(day)s::date DESC, lower(division.valid) DESC LIMIT 1) AS home
),
owing AS (
    SELECT homes.source, catalogues_province_on(homes.province_code, %(day)s) AS province_code FROM homes
    UNION
    SELECT source, province_code FROM oversight_statement WHERE state = 'taken' AND day = %(day)s
    UNION
    SELECT usual.source, catalogues_province_on(usual.province_code, %(day)s)
    FROM (SELECT DISTINCT source, province_code FROM oversight_statement
          WHERE state = 'taken' AND day BETWEEN %(day)s::date - %(usual_days)s AND %(day)s::date - 1) AS usual
)
SELECT owing.source, owing.province_code, told.today,
       CASE WHEN told.today
            THEN NOT told.before AND %(day)s::date - 1 >= coalesce(began.day, 'infinity')
                 OR NOT told.after AND %(at)s < %(after_due)s
            ELSE %(at)s < %(due)s END
FROM owing
LEFT JOIN began ON began.source = owing.source
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(statement.day = %(day)s), false) AS today,
           coalesce(bool_or(statement.day = %(day)s::date - 1), false)
               OR NOT EXISTS (SELECT 1 FROM oversight_book AS book
                              WHERE book.day = %(day)s::date - 1 AND book.province_code = owing.province_code
                                AND book.until IS NULL) AS before,
           coalesce(bool_or(statement.day = %(day)s::date + 1), false) AS after
    FROM oversight_statement AS statement
    WHERE statement.source = owing.source AND statement.province_code = owing.province_code
      AND statement.state = 'taken' AND statement.day BETWEEN %(day)s::date - 1 AND %(day)s::date + 1) AS told
WHERE owing.province_code IS NOT NULL AND (told.today OR began.day <= %(day)s)
