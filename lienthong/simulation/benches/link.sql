-- Links against the truth: (class, pairs of it, pairs of it that were linked); an empty class is the false links.
-- Reads: the files of the parameters `truth` and `links`. Writes: nothing. Grain: a class. Repeatable: yes. Refuses: nothing.
WITH pair AS (
    SELECT left_id, right_id, class FROM read_csv($truth, header = true, all_varchar = true)
    WHERE left_id <> '' AND right_id <> ''
),
link AS (
    SELECT left_id, right_id FROM read_csv($links, header = true, all_varchar = true)
    WHERE CAST(probability AS DOUBLE) >= $least
)
SELECT pair.class, count(*), count(link.left_id)
FROM pair LEFT JOIN link USING (left_id, right_id) GROUP BY pair.class
UNION ALL
SELECT '', count(*), 0 FROM link ANTI JOIN pair USING (left_id, right_id)
ORDER BY 1
