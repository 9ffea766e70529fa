-- Books: the figures of the reconciliation with the ministry, by commune and day, province and day, province, or country.
-- Reads: oversight_book, catalogues_division. Writes: nothing. Grain: what `level` and `by_day` say. Repeatable: yes.
-- Refuses nothing. As of an instant: the books that stood then. Row-level security says whose.
WITH home AS MATERIALIZED (
    -- The province that is asked for, and those that have become part of it.
    SELECT ARRAY(
        SELECT place.code FROM (
            SELECT DISTINCT division.code FROM catalogues_division AS division WHERE division.level = 'province') AS place
        WHERE place.code = %(within)s OR catalogues_province_on(place.code, %(on)s) = %(within)s) AS codes
)
SELECT book.day, book.province_code, book.commune_code, coalesce(province.name, '') AS province_name,
       coalesce(commune.name, '') AS commune_name, book.is_stated, book.said_count, book.listed_count,
       book.twice_count, book.missing_count, book.unknown_count, book.bytes_count, book.received_count,
       book.aside_count, book.repeat_count, book.child_count, book.numberless_count, book.number_count,
       book.cardless_count, book.card_count, book.open_count, book.unexplained_count
FROM (
    SELECT CASE WHEN %(by_day)s THEN told.day END AS day,
           CASE WHEN %(level)s <> 'country' THEN told.province_code END AS province_code,
           CASE WHEN %(level)s = 'commune' THEN told.commune_code END AS commune_code,
           bool_and(told.is_stated) AS is_stated, min(told.day) AS first_day,
           sum(told.said_count)::bigint AS said_count, sum(told.listed_count)::bigint AS listed_count,
           sum(told.twice_count)::bigint AS twice_count, sum(told.missing_count)::bigint AS missing_count,
           sum(told.unknown_count)::bigint AS unknown_count, sum(told.bytes_count)::bigint AS bytes_count,
           sum(told.received_count)::bigint AS received_count, sum(told.aside_count)::bigint AS aside_count,
           sum(told.repeat_count)::bigint AS repeat_count, sum(told.child_count)::bigint AS child_count,
           sum(told.numberless_count)::bigint AS numberless_count, sum(told.number_count)::bigint AS number_count,
           sum(told.cardless_count)::bigint AS cardless_count, sum(told.card_count)::bigint AS card_count,
           sum(told.open_count)::bigint AS open_count, sum(told.unexplained_count)::bigint AS unexplained_count
    FROM oversight_book AS told
    WHERE told.day BETWEEN %(first)s AND %(last)s
      AND told.since <= %(as_of)s AND (told.until IS NULL OR told.until > %(as_of)s)
      AND (%(within)s = '' OR told.commune_code = %(within)s OR told.province_code = ANY ((SELECT codes FROM home)::text[]))
    GROUP BY 1, 2, 3) AS book
LEFT JOIN LATERAL (
    SELECT division.name FROM catalogues_division AS division
    WHERE division.code = book.province_code AND division.level = 'province'
    ORDER BY division.valid @> book.first_day DESC, lower(division.valid) DESC LIMIT 1) AS province ON true
LEFT JOIN LATERAL (
    SELECT division.name FROM catalogues_division AS division
    WHERE division.code = book.commune_code AND division.level = 'commune'
    ORDER BY division.valid @> book.first_day DESC, lower(division.valid) DESC LIMIT 1) AS commune ON true
ORDER BY book.day DESC NULLS LAST, book.province_code, book.commune_code
