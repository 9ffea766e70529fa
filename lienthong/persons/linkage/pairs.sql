-- Which rows are compared, and what each pair weighs. One text for DuckDB and Spark.
-- Reads: facts_a, facts_b (prepare.sql). Writes: exact, rest_a, rest_b, blocks, pairs, scored. Grain: a pair of rows.
-- Repeatable: a table that stands is not made again. Refuses: nothing. What is absent is NULL and equal to nothing.

-- name: exact
-- Same name to the tone, same day of birth, and one thing more.
SELECT a.rid AS l, b.rid AS r, a.id AS id_l, b.id AS id_r, $columns
FROM facts_a AS a JOIN facts_b AS b ON a.tone = b.tone AND a.birth = b.birth
WHERE a.unnamed = 0 AND (a.pid = b.pid OR a.household = b.household OR (a.mother_tone = b.mother_tone AND a.sex = b.sex))

-- name: side_by_side
SELECT p.l, p.r, $columns
FROM $pairs AS p JOIN $rows_a AS a ON a.rid = p.l JOIN $rows_b AS b ON b.rid = p.r

-- name: crowded
-- Rows that more than one wants. Few, so that passing by them costs less than counting every pair's rivals.
SELECT $side FROM $pairs GROUP BY $side HAVING count(*) > 1

-- name: rest
SELECT f.* FROM $facts AS f ANTI JOIN $linked AS k ON k.$side = f.rid

-- name: keyed
SELECT rid, $columns FROM $rows WHERE $filled

-- name: keyed_within
SELECT t.rid, $columns FROM $rows AS t SEMI JOIN $large AS o ON $outer WHERE $filled

-- name: large
SELECT $columns, x.n AS n_l, y.n AS n_r
FROM (SELECT $grouped, count(*) AS n FROM $keyed_a GROUP BY $grouped) AS x
JOIN (SELECT $grouped, count(*) AS n FROM $keyed_b GROUP BY $grouped) AS y ON $same
WHERE x.n * y.n > $cap

-- name: block_pairs
SELECT x.rid AS l, y.rid AS r FROM $keyed_a AS x JOIN $keyed_b AS y ON $same

-- name: block_pairs_but_large
SELECT x.rid AS l, y.rid AS r FROM $keyed_a AS x JOIN $keyed_b AS y ON $same
ANTI JOIN $large AS z ON $same_large

-- name: all_of
SELECT l, r FROM $table

-- name: sizes
-- The comparisons that one rule asks for. Grain: a rule.
SELECT '$rule' AS rule, coalesce(sum(x.n * y.n), 0) AS asked, count(CASE WHEN x.n * y.n > $cap THEN 1 END) AS large,
    coalesce(sum(CASE WHEN x.n * y.n > $cap THEN x.n * y.n END), 0) AS in_large
FROM (SELECT $grouped, count(*) AS n FROM $keyed_a GROUP BY $grouped) AS x
JOIN (SELECT $grouped, count(*) AS n FROM $keyed_b GROUP BY $grouped) AS y ON $same

-- name: all_sizes
SELECT rule, asked, large, in_large FROM $table

-- name: count
SELECT count(*) FROM $table

-- name: scored
SELECT $kept, $names, CAST($prior + $weights AS INT) AS bits, CASE $bars ELSE '' END AS bar
FROM (SELECT $kept, $carried$agreements FROM ($side_by_side) AS side_by_side) AS agreed
