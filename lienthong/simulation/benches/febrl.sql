-- The FEBRL sets of the public record-linkage package, which the caller has; never shipped with this project.
-- Reads: the CSV file at the parameter `path`. Writes: facts and samples of a bench. Grain: a record. Repeatable: yes. Refuses: nothing.

-- name: records
SELECT row_number() OVER (ORDER BY rec_id)::INTEGER AS rid, rec_id, given, surname, street, address_1, address_2, suburb, postcode,
    state, born, soc, split_part(rec_id, '-', 2) AS person,
    CASE WHEN given = '' OR surname = '' THEN '' ELSE least(given, surname) || ' ' || greatest(given, surname) END AS names,
    substr(born, 1, 6) AS born_month, substr(born, 1, 4) || substr(born, 7, 2) AS born_year_day, substr(born, 5, 4) AS born_day
FROM (
    SELECT trim(column00) AS rec_id, trim(coalesce(column01, '')) AS given, trim(coalesce(column02, '')) AS surname,
        trim(coalesce(column03, '')) AS street, trim(coalesce(column04, '')) AS address_1,
        trim(coalesce(column05, '')) AS address_2, trim(coalesce(column06, '')) AS suburb,
        trim(coalesce(column07, '')) AS postcode, trim(coalesce(column08, '')) AS state,
        trim(coalesce(column09, '')) AS born, trim(coalesce(column10, '')) AS soc
    FROM read_csv($$path, header = false, skip = 1, delim = ',', auto_detect = false, null_padding = false, columns = {
        'column00': 'VARCHAR', 'column01': 'VARCHAR', 'column02': 'VARCHAR', 'column03': 'VARCHAR', 'column04': 'VARCHAR',
        'column05': 'VARCHAR', 'column06': 'VARCHAR', 'column07': 'VARCHAR', 'column08': 'VARCHAR', 'column09': 'VARCHAR',
        'column10': 'VARCHAR'})
)

-- name: part
SELECT * FROM $records WHERE rid % 2 = $rest

-- name: whole
SELECT * FROM $records

-- name: random
SELECT * FROM $records ORDER BY md5(rec_id) LIMIT 1000

-- name: none
SELECT rid AS l, rid AS r FROM facts_a WHERE rid < 0

-- name: half
SELECT l, r FROM both_ways WHERE l < r

-- name: likely
SELECT l, r FROM scored WHERE bits >= 0

-- name: true_pairs
SELECT a.rid, b.rid FROM facts_a AS a JOIN facts_b AS b ON a.person = b.person WHERE $apart

-- name: links
SELECT l, r FROM links
