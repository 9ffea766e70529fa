-- Who is whom: every pair against its rivals, one to one. One text for DuckDB and Spark.
-- Reads: scored pairs. Writes: chosen pairs and pairs for an officer. Grain: a pair. Repeatable: see pairs.sql.
-- Refuses: nothing; what is not clear goes to an officer.

-- name: exact_links
-- Alone with each other on both sides, and likely enough.
SELECT l, r, id_l, id_r, $names, bits, probability, 0 AS round
FROM (SELECT *, $alone AS probability FROM exact WHERE bar = '') AS judged
ANTI JOIN crowded_l AS x ON x.l = judged.l ANTI JOIN crowded_r AS y ON y.r = judged.r
WHERE probability >= $link

-- name: rivals
-- A pair's chance among all that want the same row. A strong pair's rivals are the same person entered twice.
SELECT *, round(odds / (1.0 + CASE WHEN strong = 1 THEN odds ELSE
        sum(odds) OVER (PARTITION BY l) + sum(odds) OVER (PARTITION BY r) - odds END), 6) AS probability,
    row_number() OVER (PARTITION BY l ORDER BY bits DESC, r) AS rank_l,
    row_number() OVER (PARTITION BY r ORDER BY bits DESC, l) AS rank_r
FROM (
    SELECT *, power(2.0, least(bits, 200000) / 1000.0) AS odds, CASE WHEN $strong THEN 1 ELSE 0 END AS strong
    FROM $scored WHERE bar NOT IN ($never) AND bits >= $floor
) AS weighed

-- name: chosen
SELECT l, r, $names, bits, probability, $round AS round
FROM $rivals WHERE probability >= $link AND bar = '' AND rank_l = 1 AND rank_r = 1

-- name: open
SELECT s.* FROM $scored AS s ANTI JOIN $chosen AS x ON x.l = s.l ANTI JOIN $chosen AS y ON y.r = s.r

-- name: with_ids
SELECT a.id AS id_l, b.id AS id_r, $names, bits, probability, round
FROM $chosen AS k JOIN (SELECT rid, id FROM rest_a) AS a ON a.rid = k.l JOIN (SELECT rid, id FROM rest_b) AS b ON b.rid = k.r

-- name: settled
SELECT id_l, id_r, $names, bits, probability, round FROM $table

-- name: chosen_rows
SELECT l, r FROM $chosen

-- name: doubtful
-- What no round settled; and what agrees as a whole with a row that has found another (one person entered twice).
SELECT l, r, $names, bits, probability, bar FROM $rivals WHERE probability >= $review

-- name: doubles
SELECT l, r, $names, bits, $alone AS probability, 'double' AS bar FROM (
    SELECT s.* FROM $scored AS s ANTI JOIN $chosen AS k ON k.l = s.l AND k.r = s.r
    WHERE bar = '' AND ($strong) AND
        (s.l IN (SELECT l FROM $chosen) OR s.r IN (SELECT r FROM $chosen))
) AS again

-- name: asked
SELECT a.id AS id_l, b.id AS id_r, $names, bits, probability, bar
FROM ($doubts) AS k JOIN (SELECT rid, id FROM rest_a) AS a ON a.rid = k.l JOIN (SELECT rid, id FROM rest_b) AS b ON b.rid = k.r
