-- Reconcile, begin: books of the day that are new, or stand otherwise now.
-- Reads: oversight_counted (this session's). Writes: oversight_book. Grain: one commune. Repeatable: a book that stands
--        already is left alone. Refuses, by its constraints, a book that does not add up.
INSERT INTO oversight_book (
    day, commune_code, province_code, area, is_stated, said_count, listed_count, twice_count, missing_count,
    unknown_count, bytes_count, received_count, aside_count, repeat_count, child_count, numberless_count, number_count,
    cardless_count, card_count, open_count, unexplained_count, since)
SELECT day, commune_code, province_code, area, is_stated, said_count, listed_count, twice_count, missing_count,
       unknown_count, bytes_count, received_count, aside_count, repeat_count, child_count, numberless_count,
       number_count, cardless_count, card_count, open_count, unexplained_count, since
FROM oversight_counted AS counted
WHERE NOT EXISTS (SELECT 1 FROM oversight_book AS known
                  WHERE known.day = counted.day AND known.commune_code = counted.commune_code
                    AND known.province_code = counted.province_code AND known.until IS NULL)
ORDER BY province_code, commune_code
