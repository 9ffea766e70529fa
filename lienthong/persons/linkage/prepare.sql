-- Facts to compare: keys of names, days taken apart, codes of today, numbers of the right shape. What is absent is NULL.
-- Reads: raw_a, raw_b (registers as read), names (keys of every distinct name), places. Writes: names, folds, common_parts, rare, tones, weighed, fillers,
-- facts_a, facts_b and samples of them. Grain: a row a person and register. Repeatable: a table that stands is not made again.
-- Refuses: nothing; what has no shape (an id of five digits) is taken as absent. Runs on DuckDB alone, once, for both engines.

-- name: written
-- Every name as it is written, of how many persons and of how many mothers. Grain: a name.
SELECT name, sum(persons)::INTEGER AS persons, sum(mothers)::INTEGER AS mothers FROM (
    SELECT full_name AS name, 1 AS persons, 0 AS mothers FROM raw_a
    UNION ALL SELECT full_name, 1, 0 FROM raw_b
    UNION ALL SELECT mother_name, 0, 1 FROM raw_a WHERE mother_name <> ''
    UNION ALL SELECT mother_name, 0, 1 FROM raw_b WHERE mother_name <> ''
    UNION ALL SELECT $mother, 0, 0 FROM raw_a WHERE $unnamed
    UNION ALL SELECT $mother, 0, 0 FROM raw_b WHERE $unnamed
)
WHERE name <> '' GROUP BY name

-- name: mother
substr(ltrim(full_name), 8)

-- name: unnamed
-- «Con bà …»: a child entered before it had a name, whose mother stands in place of it.
(mother_name = '' AND (full_name LIKE 'C%' OR full_name LIKE 'c%' OR full_name LIKE ' %')
    AND regexp_matches(lower(ltrim(full_name)), '^con b(à|a) '))

-- name: folds
SELECT fold, row_number() OVER ()::INTEGER AS id, sum(persons)::INTEGER AS persons, sum(mothers)::INTEGER AS mothers
FROM names WHERE fold <> '' GROUP BY fold

-- name: tones
-- A number for each tone key and fold key, and how much two equal ones say, in thousandths of a bit; pulled towards 27,000 names
-- in use where a register is small. The tone key tells the two others. Grain: a tone key.
SELECT tone, row_number() OVER ()::INTEGER AS id, iy, fold AS spelt, folds.id AS fold,
    round(-1000 * log2((told.persons + 1000 / 27000.0) / ($everybody + 1000)))::INTEGER AS tone_bits,
    round(-1000 * log2((folds.persons + 1000 / 27000.0) / ($everybody + 1000)))::INTEGER AS fold_bits,
    round(-1000 * log2((folds.mothers + 1000 / 27000.0) / ($mothers + 1000)))::INTEGER AS mother_bits
FROM (
    SELECT tone, min(iy) AS iy, min(fold) AS fold, sum(persons) AS persons FROM names WHERE tone <> '' GROUP BY tone
) AS told JOIN folds USING (fold)

-- name: weighed
-- What a name as it is written means, found by a hash of it. Grain: a name as written, of a person or a mother.
SELECT $hash AS key, id AS tone, tones.fold, tone_bits, fold_bits, mother_bits,
    CASE WHEN spelt LIKE 'con ba %' OR spelt LIKE 'con ong %' THEN 1 ELSE 0 END AS unnamed
FROM names JOIN tones USING (tone)

-- name: by_hash
hash($value)

-- name: by_another_hash
hash('1' || $value)

-- name: by_itself
$value

-- name: collisions
-- Two names of one hash would be one name: then they are found otherwise.
SELECT count(*) - count(DISTINCT $hash) FROM names

-- name: common_parts
-- Syllables after the surname that are surely names: a slip of the finger seldom makes one.
SELECT part FROM (SELECT unnest(list_slice(string_split(fold, ' '), 2, 9)) AS part, persons FROM folds)
GROUP BY part HAVING sum(persons) > greatest(5, $everybody * 0.0001)

-- name: rare
-- Names with a syllable that hardly anybody has. In a small register many a true name is so; there a slip of the finger
-- cannot be told from a twin's name, and nobody is.
SELECT DISTINCT id AS fold FROM (SELECT id, unnest(list_slice(string_split(fold, ' '), 2, 9)) AS part FROM folds)
WHERE part NOT IN (FROM common_parts) AND $everybody >= 100000

-- name: everybody
SELECT coalesce(sum(persons), 0)::INTEGER AS everybody, coalesce(sum(mothers), 0)::INTEGER AS mothers FROM names

-- name: fillers
-- A number that many persons of one register hold is nobody's (000000000000); a household of hundreds is a heap.
SELECT '$kind' AS kind, $column AS value FROM raw_$side WHERE $column <> '' GROUP BY $column HAVING count(*) > $most

-- name: filled
said.$column IN (SELECT value FROM fillers WHERE kind = '$kind')

-- name: facts
-- All that is compared of a row.
SELECT
    brief.*,
    own.iy,
    own.spelt,
    own.fold_bits,
    len(string_split(own.spelt, ' '))::INTEGER AS parts,
    split_part(own.spelt, ' ', 1) AS surname,
    split_part(own.spelt, ' ', -1) AS given,
    CASE WHEN regexp_matches(own.tone, '[1-5]') THEN 0 ELSE 1 END AS untoned,
    CASE WHEN rare.fold IS NULL THEN 0 ELSE 1 END AS odd,
    mother.spelt AS mother_spelt,
    substr(birth, 1, 4) AS born_year,
    substr(birth, 6, 2) AS born_month,
    substr(birth, 9, 2) AS born_day,
    born_year || least(born_month, born_day) || greatest(born_month, born_day) AS born_pair
FROM ($brief) AS brief
LEFT JOIN tones AS own ON own.id = brief.tone
LEFT JOIN tones AS mother ON mother.id = brief.mother_tone
LEFT JOIN rare ON rare.fold = brief.fold

-- name: brief
-- What the exact pass asks of every row: no texts of names, whose numbers say whether they are equal.
SELECT
    said.rid,
    said.id,
    own.tone,
    own.fold,
    own.tone_bits,
    own.unnamed,
    mother.tone AS mother_tone,
    mother.fold AS mother_fold,
    mother.mother_bits,
    CASE WHEN strlen(said.birth_date) = 10 THEN said.birth_date ELSE nullif(trim(said.birth_date), '') END AS birth,
    CASE WHEN birth LIKE '%-01-01' THEN 1 ELSE 0 END AS new_year,
    CASE WHEN said.sex IN ('male', 'female') THEN said.sex ELSE nullif(nullif(trim(said.sex), 'undetermined'), '') END AS sex,
    CASE WHEN $filled_pid THEN NULL
        WHEN regexp_matches(said.personal_id, '^([0-9]{9}|[0-9]{12})$$') THEN said.personal_id
        WHEN regexp_matches(trim(said.personal_id), '^([0-9]{9}|[0-9]{12})$$') THEN trim(said.personal_id) END AS pid,
    CASE WHEN $filled_number THEN NULL
        WHEN regexp_matches(said.insurance_number, '^[A-Za-z0-9]{0,5}[0-9]{10}$$') THEN right(said.insurance_number, 10)
        WHEN regexp_matches(trim(said.insurance_number), '^[A-Za-z0-9]{0,5}[0-9]{10}$$')
        THEN right(trim(said.insurance_number), 10) END AS number,
    nullif(coalesce(place.commune, said.commune_code), '') AS commune,
    nullif(coalesce(place.place, said.commune_code), '') AS place,
    coalesce(place.province, province.province, nullif(said.province_code, '')) AS province,
    CASE WHEN $filled_household THEN NULL ELSE nullif(said.household_code, '') END AS household
FROM $rows AS said
LEFT JOIN weighed AS own ON own.key = $own_hash
LEFT JOIN weighed AS mother ON mother.key = $mother_hash
LEFT JOIN places AS place ON place.code = said.commune_code
LEFT JOIN places AS province ON province.code = said.province_code

-- name: mother_name
CASE WHEN $unnamed THEN $mother ELSE said.mother_name END

-- name: drawn
-- Rows by lot, the same ones whatever the order of rows. Where all of a small register are to be drawn, all are.
SELECT * FROM raw_$side WHERE hash(id) $within

-- name: partners
-- Rows that share an id, a household, or name and birth date with one of the sample.
SELECT * FROM raw_b WHERE rid IN (
    SELECT rid FROM raw_b SEMI JOIN sample_a ON personal_id = pid
    UNION ALL SELECT rid FROM raw_b SEMI JOIN sample_a ON household_code = household
    UNION ALL SELECT rid FROM (
        SELECT rid, birth_date, fold FROM raw_b AS said JOIN (SELECT key, fold FROM weighed SEMI JOIN sample_a USING (fold)) AS own
        ON own.key = $own_hash
    ) AS named SEMI JOIN sample_a ON named.fold = sample_a.fold AND birth_date = birth
)

-- name: unlinked
-- What the exact pass left, numbered in the order of ids, so that a tie ends alike whatever the order of rows.
SELECT said.* REPLACE (number AS rid) FROM raw_$side AS said JOIN (
    SELECT rid, row_number() OVER (ORDER BY id)::INTEGER AS number FROM raw_$side ANTI JOIN links_0 AS k ON k.$end = rid
) AS left_over USING (rid)

-- name: numbered
SELECT * REPLACE (row_number() OVER (ORDER BY id)::INTEGER AS rid) FROM raw_$side

-- name: sample_pairs
SELECT count(*) FROM sample_a AS l JOIN sample_b AS r ON $agreeing

-- name: patterns
SELECT $names, count(*) FROM (
    SELECT $agreements FROM (
        SELECT $columns FROM ${tables}_a AS l JOIN ${tables}_b AS r ON $agreeing
    ) AS side_by_side
)
GROUP BY ALL

-- name: kinds
SELECT DISTINCT kind FROM fillers
