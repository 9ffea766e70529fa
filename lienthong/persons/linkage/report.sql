-- What the page of a linkage says of its results: counts by reason, who found nobody and why, and a sample.
-- Reads: the four CSV files of the folder. Writes: nothing. Grain: as said at each. Repeatable: yes. Refuses: nothing.
-- Runs on DuckDB. $links and $review have left_id, right_id, probability, reason; $register the columns of contracts §8.

-- name: rows
(SELECT left_id, right_id, probability::double AS probability, reason
 FROM read_csv('$path', header = true, all_varchar = true))

-- name: register
read_csv('$path', header = true, all_varchar = true)

-- name: reasons
SELECT reason, count(*) FROM $rows GROUP BY reason ORDER BY count(*) DESC, reason

-- name: below
SELECT count(*) FROM $links WHERE probability < $certain

-- name: leftover
SELECT coalesce(sum((asked.id IS NOT NULL)::int), 0),
       coalesce(sum((asked.id IS NULL AND (trim(coalesce(said.full_name, '')) = '' OR coalesce(said.birth_date, '') = ''))::int), 0),
       coalesce(sum((asked.id IS NULL AND trim(coalesce(said.full_name, '')) <> '' AND coalesce(said.birth_date, '') <> '')::int), 0)
FROM $register AS said
ANTI JOIN $links AS linked ON linked.$side = said.id
LEFT JOIN (SELECT DISTINCT $side AS id FROM $review) AS asked ON asked.id = said.id

-- name: sample
SELECT left_id, right_id, probability, reason FROM (
    SELECT *, row_number() OVER (PARTITION BY reason ORDER BY hash(left_id), left_id) AS turn FROM $rows)
ORDER BY turn, reason, left_id LIMIT $many
