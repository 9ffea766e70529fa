-- The FEBRL sets of the public record-linkage package, which the caller has; never shipped with this project.
-- Reads: the CSV file at the parameter `path`. Writes: facts and samples of a bench. Grain: a record. Repeatable: yes. Refuses: nothing.

-- name: records
SELECT row_number() OVER (ORDER BY rec_id)::INTEGER AS rid, rec_id AS id, given, surname, street, address_1, address_2, suburb, postcode,
    state, born, soc, split_part(rec_id, '-', 2) AS person,
    CASE WHEN given || surname <> '' THEN least(given, surname) || ' ' || greatest(given, surname) END AS names,
    substr(born, 1, 6) AS born_month, substr(born, 1, 4) || substr(born, 7, 2) AS born_year_day, substr(born, 5, 4) AS born_day
FROM (
    SELECT trim(column00) AS rec_id, nullif(trim(column01), '') AS given, nullif(trim(column02), '') AS surname,
        nullif(trim(column03), '') AS street, nullif(trim(column04), '') AS address_1,
        nullif(trim(column05), '') AS address_2, nullif(trim(column06), '') AS suburb,
        nullif(trim(column07), '') AS postcode, nullif(trim(column08), '') AS state,
        nullif(trim(column09), '') AS born, nullif(trim(column10), '') AS soc
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
SELECT * FROM $records ORDER BY md5(id) LIMIT 1000

-- name: half
SELECT l, r FROM both_ways WHERE l < r

-- name: likely
SELECT l, r FROM scored WHERE bits >= 0

-- name: true_pairs
SELECT a.rid, b.rid FROM rest_a AS a JOIN rest_b AS b ON a.person = b.person WHERE $apart

-- name: links
SELECT l, r FROM chosen
