-- A register as its file states it, and whether every field is what the contract asks for.
-- Reads: the CSV file at the parameter `path`; the register as read. Writes: nothing. Grain: a row a person.
-- Repeatable: yes. Refuses: a file that is not CSV in UTF-8 with these columns (an error of DuckDB).

-- name: read
SELECT row_number() OVER ()::INTEGER AS rid, $id AS id, $full_name AS full_name, coalesce(birth_date, '') AS birth_date,
    coalesce(sex, '') AS sex, coalesce(personal_id, '') AS personal_id, coalesce(insurance_number, '') AS insurance_number,
    $mother_name AS mother_name, $province_code AS province_code, $commune_code AS commune_code,
    $household_code AS household_code
FROM read_csv($$path, columns = {$columns}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
    max_line_size = 10000000, null_padding = false)

-- name: trimmed
-- Few values have a blank at an end, and a blank is less than every letter and digit.
CASE WHEN $column < '!' OR suffix($column, ' ') THEN trim($column) ELSE coalesce($column, '') END

-- name: faults
-- A day that is written back as it was read is one of the form YYYY-MM-DD.
count(*) FILTER (id = '')
+ count(*) FILTER (CASE WHEN birth_date = '' OR (strlen(birth_date) = 10 AND try_cast(birth_date AS DATE)::VARCHAR = birth_date) THEN false
    ELSE trim(birth_date) <> '' AND (strlen(trim(birth_date)) <> 10
        OR try_cast(trim(birth_date) AS DATE)::VARCHAR IS DISTINCT FROM trim(birth_date)) END)
+ count(*) FILTER (CASE WHEN sex IN ('', 'male', 'female', 'undetermined') THEN false
    ELSE trim(sex) NOT IN ('', 'male', 'female', 'undetermined') END)
+ count(*) - count(DISTINCT id)

-- name: mark
count(*), coalesce(bit_xor(hash(id)), 0)

-- name: mark_of_all
count(*), coalesce(bit_xor(hash(id, full_name, birth_date, sex, personal_id, insurance_number, mother_name,
    province_code, commune_code, household_code)), 0)
