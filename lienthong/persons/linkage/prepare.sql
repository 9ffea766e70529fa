-- Facts to compare: keys of names, days taken apart, codes of today, numbers of the right shape.
-- Reads: raw_a, raw_b (registers as read), names (keys of every distinct name), places. Writes: name_counts, mother_counts,
-- common_parts, rare_names, weighed, fillers, facts_a, facts_b and samples of them. Grain: a row a person and register. Repeatable: a table that stands is not made again.
-- Refuses: nothing; what has no shape (an id of five digits) is taken as absent. Runs on DuckDB alone, once, for both engines.

-- name: all_rows
SELECT 0 AS side, * FROM raw_a UNION ALL BY NAME SELECT 1 AS side, * FROM raw_b

-- name: distinct_names
SELECT DISTINCT name FROM (
    SELECT full_name AS name FROM all_rows UNION ALL SELECT mother_name FROM all_rows
    UNION ALL
    SELECT substr(full_name, 8) FROM all_rows WHERE regexp_matches(lower(full_name), '^con b(à|a) ')
)
WHERE name <> ''

-- name: name_counts
SELECT full_name AS name, count(*) AS n FROM all_rows GROUP BY 1

-- name: mother_counts
SELECT mother_name AS name, count(*) AS n FROM all_rows GROUP BY 1

-- name: common_parts
-- Syllables after the surname that are surely names: a slip of the finger seldom makes one.
SELECT part FROM (
    SELECT unnest(list_slice(string_split(fold, ' '), 2, 9)) AS part, n AS persons
    FROM name_counts JOIN names USING (name)
)
GROUP BY part HAVING sum(persons) > greatest(5, (SELECT count(*) FROM all_rows) * 0.0001)

-- name: rare_names
-- Names with a syllable that hardly anybody has. In a small register many a true name is so; there a slip of the finger
-- cannot be told from a twin's name, and nobody is.
SELECT name FROM (
    SELECT name, unnest(list_slice(string_split(fold, ' '), 2, 9)) AS part FROM names
)
WHERE part NOT IN (FROM common_parts) AND (SELECT count(*) FROM all_rows) >= 100000 GROUP BY name

-- name: weighed
-- The keys of each name and how much two that are equal say, in thousandths of a bit; pulled towards 27,000 names in use
-- where a register is small. Grain: a name as written, of a person or a mother.
SELECT name, tone, iy, fold, len(string_split(fold, ' '))::INTEGER AS parts,
    CASE WHEN regexp_matches(tone, '[1-5]') THEN 0 ELSE 1 END AS untoned,
    CASE WHEN fold LIKE 'con ba %' OR fold LIKE 'con ong %' THEN 1 ELSE 0 END AS unnamed,
    CASE WHEN rare_names.name IS NULL THEN 0 ELSE 1 END AS odd,
    round(-1000 * log2((sum(persons) OVER (PARTITION BY tone) + 1000 / 27000.0) / (everybody + 1000)))::INTEGER AS tone_bits,
    round(-1000 * log2((sum(persons) OVER (PARTITION BY fold) + 1000 / 27000.0) / (everybody + 1000)))::INTEGER AS fold_bits,
    round(-1000 * log2((sum(mothers) OVER (PARTITION BY fold) + 1000 / 27000.0) / (mothers_of_all + 1000)))::INTEGER
        AS mother_bits
FROM (
    SELECT names.*, coalesce(own.n, 0) AS persons, coalesce(hers.n, 0) AS mothers
    FROM names LEFT JOIN name_counts AS own USING (name) LEFT JOIN mother_counts AS hers USING (name)
)
CROSS JOIN (SELECT count(*) AS everybody, count(CASE WHEN mother_name <> '' THEN 1 END) AS mothers_of_all FROM all_rows)
LEFT JOIN rare_names USING (name)

-- name: fillers
-- A number that many persons of one register hold is nobody's (000000000000); a household of hundreds is a heap.
SELECT 'pid' AS kind, personal_id AS value FROM all_rows WHERE personal_id <> ''
GROUP BY personal_id, side HAVING count(*) > 10
UNION
SELECT 'number', insurance_number FROM all_rows WHERE insurance_number <> ''
GROUP BY insurance_number, side HAVING count(*) > 10
UNION
SELECT 'household', household_code FROM all_rows WHERE household_code <> ''
GROUP BY household_code, side HAVING count(*) > 60

-- name: facts_a
SELECT
    row.rid,
    row.id,
    coalesce(own.tone, '') AS tone,
    coalesce(own.iy, '') AS iy,
    coalesce(own.fold, '') AS fold,
    coalesce(own.parts, 0) AS parts,
    split_part(coalesce(own.fold, ''), ' ', 1) AS surname,
    split_part(coalesce(own.fold, ''), ' ', -1) AS given,
    coalesce(own.untoned, 1) AS untoned,
    coalesce(own.odd, 0) AS odd,
    coalesce(own.unnamed, 1) AS unnamed,
    coalesce(own.tone_bits, 0) AS tone_bits,
    coalesce(own.fold_bits, 0) AS fold_bits,
    coalesce(mother.tone, '') AS mother_tone,
    coalesce(mother.fold, '') AS mother_fold,
    coalesce(mother.mother_bits, 0) AS mother_bits,
    row.birth_date AS birth,
    substr(row.birth_date, 1, 4) AS born_year,
    substr(row.birth_date, 6, 2) AS born_month,
    substr(row.birth_date, 9, 2) AS born_day,
    CASE WHEN row.birth_date = '' THEN '' ELSE
        substr(row.birth_date, 1, 4) || least(substr(row.birth_date, 6, 2), substr(row.birth_date, 9, 2))
        || greatest(substr(row.birth_date, 6, 2), substr(row.birth_date, 9, 2)) END AS born_pair,
    CASE WHEN row.birth_date LIKE '%-01-01' THEN 1 ELSE 0 END AS new_year,
    CASE WHEN row.sex = 'undetermined' THEN '' ELSE row.sex END AS sex,
    CASE WHEN pid_filler.value IS NULL AND regexp_matches(row.personal_id, '^([0-9]{9}|[0-9]{12})$')
        THEN row.personal_id ELSE '' END AS pid,
    CASE WHEN number_filler.value IS NULL AND regexp_matches(row.insurance_number, '^[A-Za-z0-9]{0,5}[0-9]{10}$')
        THEN right(row.insurance_number, 10) ELSE '' END AS number,
    CASE WHEN place.code IS NULL THEN row.commune_code ELSE place.commune END AS commune,
    coalesce(place.place, row.commune_code) AS place,
    coalesce(place.province, province.province, row.province_code) AS province,
    CASE WHEN heap.value IS NULL THEN row.household_code ELSE '' END AS household,
    (md5_number_lower(row.id) % 1000000)::INTEGER AS lot
FROM raw_a AS row
LEFT JOIN weighed AS own ON own.name = row.full_name
LEFT JOIN weighed AS mother ON mother.name = CASE
    WHEN row.mother_name = '' AND regexp_matches(lower(row.full_name), '^con b(à|a) ') THEN substr(row.full_name, 8)
    ELSE row.mother_name END
LEFT JOIN fillers AS pid_filler ON pid_filler.kind = 'pid' AND pid_filler.value = row.personal_id
LEFT JOIN fillers AS number_filler ON number_filler.kind = 'number' AND number_filler.value = row.insurance_number
LEFT JOIN fillers AS heap ON heap.kind = 'household' AND heap.value = row.household_code
LEFT JOIN places AS place ON place.code = row.commune_code AND row.commune_code <> ''
LEFT JOIN places AS province ON province.code = row.province_code AND row.province_code <> ''

-- name: facts_b
SELECT
    row.rid,
    row.id,
    coalesce(own.tone, '') AS tone,
    coalesce(own.iy, '') AS iy,
    coalesce(own.fold, '') AS fold,
    coalesce(own.parts, 0) AS parts,
    split_part(coalesce(own.fold, ''), ' ', 1) AS surname,
    split_part(coalesce(own.fold, ''), ' ', -1) AS given,
    coalesce(own.untoned, 1) AS untoned,
    coalesce(own.odd, 0) AS odd,
    coalesce(own.unnamed, 1) AS unnamed,
    coalesce(own.tone_bits, 0) AS tone_bits,
    coalesce(own.fold_bits, 0) AS fold_bits,
    coalesce(mother.tone, '') AS mother_tone,
    coalesce(mother.fold, '') AS mother_fold,
    coalesce(mother.mother_bits, 0) AS mother_bits,
    row.birth_date AS birth,
    substr(row.birth_date, 1, 4) AS born_year,
    substr(row.birth_date, 6, 2) AS born_month,
    substr(row.birth_date, 9, 2) AS born_day,
    CASE WHEN row.birth_date = '' THEN '' ELSE
        substr(row.birth_date, 1, 4) || least(substr(row.birth_date, 6, 2), substr(row.birth_date, 9, 2))
        || greatest(substr(row.birth_date, 6, 2), substr(row.birth_date, 9, 2)) END AS born_pair,
    CASE WHEN row.birth_date LIKE '%-01-01' THEN 1 ELSE 0 END AS new_year,
    CASE WHEN row.sex = 'undetermined' THEN '' ELSE row.sex END AS sex,
    CASE WHEN pid_filler.value IS NULL AND regexp_matches(row.personal_id, '^([0-9]{9}|[0-9]{12})$')
        THEN row.personal_id ELSE '' END AS pid,
    CASE WHEN number_filler.value IS NULL AND regexp_matches(row.insurance_number, '^[A-Za-z0-9]{0,5}[0-9]{10}$')
        THEN right(row.insurance_number, 10) ELSE '' END AS number,
    CASE WHEN place.code IS NULL THEN row.commune_code ELSE place.commune END AS commune,
    coalesce(place.place, row.commune_code) AS place,
    coalesce(place.province, province.province, row.province_code) AS province,
    CASE WHEN heap.value IS NULL THEN row.household_code ELSE '' END AS household,
    (md5_number_lower(row.id) % 1000000)::INTEGER AS lot
FROM raw_b AS row
LEFT JOIN weighed AS own ON own.name = row.full_name
LEFT JOIN weighed AS mother ON mother.name = CASE
    WHEN row.mother_name = '' AND regexp_matches(lower(row.full_name), '^con b(à|a) ') THEN substr(row.full_name, 8)
    ELSE row.mother_name END
LEFT JOIN fillers AS pid_filler ON pid_filler.kind = 'pid' AND pid_filler.value = row.personal_id
LEFT JOIN fillers AS number_filler ON number_filler.kind = 'number' AND number_filler.value = row.insurance_number
LEFT JOIN fillers AS heap ON heap.kind = 'household' AND heap.value = row.household_code
LEFT JOIN places AS place ON place.code = row.commune_code AND row.commune_code <> ''
LEFT JOIN places AS province ON province.code = row.province_code AND row.province_code <> ''

-- name: sample_a
-- Rows whose partners are looked for, and their would-be partners.
SELECT * FROM facts_a WHERE rid IN (SELECT rid FROM facts_a ORDER BY lot, rid LIMIT 20000)

-- name: sample_b
SELECT * FROM facts_b
WHERE rid IN (
    SELECT rid FROM facts_b SEMI JOIN sample_a ON facts_b.pid = sample_a.pid WHERE pid <> ''
    UNION ALL SELECT rid FROM facts_b SEMI JOIN sample_a ON facts_b.household = sample_a.household WHERE household <> ''
    UNION ALL SELECT rid FROM facts_b SEMI JOIN sample_a ON facts_b.fold = sample_a.fold AND facts_b.birth = sample_a.birth
)

-- name: sample_pairs
SELECT count(*) FROM sample_a AS l JOIN sample_b AS r ON $agreeing

-- name: random_a
SELECT * FROM facts_a WHERE rid IN (SELECT rid FROM facts_a ORDER BY lot DESC, rid LIMIT 1000)

-- name: random_b
SELECT * FROM facts_b WHERE rid IN (SELECT rid FROM facts_b ORDER BY lot DESC, rid LIMIT 1000)
