-- Which rows are compared, and what each pair weighs. One text for DuckDB and Spark.
-- Reads: facts_a, facts_b (prepare.sql). Writes: exact, rest_a, rest_b, blocks, pairs, scored. Grain: a pair of rows.
-- Repeatable: a table that stands is not made again. Refuses: nothing.

-- name: exact
-- Same name to the tone, same day of birth, and one thing more; alone with each other on both sides.
SELECT l, r FROM (
    SELECT l, r, count(*) OVER (PARTITION BY l) AS rivals_l, count(*) OVER (PARTITION BY r) AS rivals_r FROM (
        SELECT a.rid AS l, b.rid AS r
        FROM facts_a AS a JOIN facts_b AS b ON a.pid = b.pid AND a.tone = b.tone AND a.birth = b.birth
        WHERE a.pid <> '' AND a.birth <> '' AND a.unnamed = 0
        UNION
        SELECT a.rid, b.rid
        FROM facts_a AS a JOIN facts_b AS b
            ON a.tone = b.tone AND a.birth = b.birth AND a.mother_tone = b.mother_tone AND a.sex = b.sex
        WHERE a.mother_tone <> '' AND a.birth <> '' AND a.unnamed = 0
        UNION
        SELECT a.rid, b.rid
        FROM facts_a AS a JOIN facts_b AS b ON a.household = b.household AND a.tone = b.tone AND a.birth = b.birth
        WHERE a.household <> '' AND a.birth <> '' AND a.unnamed = 0
    ) AS found
) AS counted
WHERE rivals_l = 1 AND rivals_r = 1

-- name: rest
SELECT f.* FROM $facts AS f ANTI JOIN $linked AS k ON k.$side = f.rid

-- name: keyed
SELECT rid, concat_ws('|', $columns) AS block FROM $rows WHERE $filled

-- name: keyed_within
SELECT rid, concat_ws('|', $columns) AS block FROM $rows WHERE concat_ws('|', $outer) IN (SELECT block FROM $large) AND $filled

-- name: large
SELECT x.block, x.n AS n_l, y.n AS n_r
FROM (SELECT block, count(*) AS n FROM $keyed_a GROUP BY block) AS x
JOIN (SELECT block, count(*) AS n FROM $keyed_b GROUP BY block) AS y ON x.block = y.block
WHERE x.n * y.n > $cap

-- name: block_pairs
SELECT x.rid AS l, y.rid AS r FROM $keyed_a AS x JOIN $keyed_b AS y ON x.block = y.block

-- name: block_pairs_but_large
SELECT x.rid AS l, y.rid AS r FROM $keyed_a AS x JOIN $keyed_b AS y ON x.block = y.block
ANTI JOIN $large AS z ON z.block = x.block

-- name: all_of
SELECT l, r FROM $table

-- name: sizes
-- The comparisons that one rule asks for. Grain: a rule.
SELECT '$rule' AS rule, coalesce(sum(x.n * y.n), 0) AS asked, count(CASE WHEN x.n * y.n > $cap THEN 1 END) AS large,
    coalesce(sum(CASE WHEN x.n * y.n > $cap THEN x.n * y.n END), 0) AS in_large
FROM (SELECT block, count(*) AS n FROM $keyed_a GROUP BY block) AS x
JOIN (SELECT block, count(*) AS n FROM $keyed_b GROUP BY block) AS y ON x.block = y.block

-- name: all_sizes
SELECT rule, asked, large, in_large FROM $table

-- name: count
SELECT count(*) FROM $table

-- name: scored
SELECT l, r, $names, CAST($prior + $weights AS INT) AS bits, CASE $bars ELSE '' END AS bar
FROM (
    SELECT l, r, $carried$agreements
    FROM (
        SELECT p.l, p.r, $columns
        FROM $pairs AS p JOIN $rows_a AS a ON a.rid = p.l JOIN $rows_b AS b ON b.rid = p.r
    ) AS side_by_side
) AS agreed
