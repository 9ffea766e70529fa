-- A register as its file states it, and whether every field is what the contract asks for.
-- Reads: the CSV file at the parameter `path`; the register as read. Writes: nothing. Grain: a row a person.
-- Repeatable: yes. Refuses: a file that is not CSV in UTF-8 with these columns (an error of DuckDB).

-- name: read
SELECT row_number() OVER (ORDER BY trim(coalesce(id, '')))::INTEGER AS rid, trim(coalesce(id, '')) AS id, trim(coalesce(full_name, '')) AS full_name,
    trim(coalesce(birth_date, '')) AS birth_date, trim(coalesce(sex, '')) AS sex,
    trim(coalesce(personal_id, '')) AS personal_id, trim(coalesce(insurance_number, '')) AS insurance_number,
    trim(coalesce(mother_name, '')) AS mother_name, trim(coalesce(province_code, '')) AS province_code,
    trim(coalesce(commune_code, '')) AS commune_code, trim(coalesce(household_code, '')) AS household_code
FROM read_csv($$path, columns = {$columns}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
    max_line_size = 10000000, null_padding = false)

-- name: faults
count(*) FILTER (id = '')
+ count(*) FILTER (birth_date <> '' AND (NOT regexp_full_match(birth_date, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
                                         OR try_cast(birth_date AS DATE) IS NULL))
+ count(*) FILTER (sex NOT IN ('', 'male', 'female', 'undetermined'))
+ count(*) - count(DISTINCT id)

-- name: mark
count(*), coalesce(bit_xor(hash(concat_ws('|', id, full_name, birth_date, sex, personal_id, insurance_number, mother_name,
    province_code, commune_code, household_code))), 0)
