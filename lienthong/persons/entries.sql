-- Entries: keep what a database says of each person, as received, and link it to the record that its numbers name.
-- Reads: catalogues_route, persons_person, persons_number. Writes: persons_entry.
-- Grain: one row of the database's register. Repeatable: the same row again changes nothing. Refuses nothing: a row whose
-- numbers name nobody, or somebody of another name, stays unlinked for the linkage and for an officer.
INSERT INTO persons_entry AS entry (
    source, source_ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, province_code,
    commune_code, household_code, relation, person_id, area, received_at, import_id)
SELECT %(source)s, said.source_ref, said.full_name, said.birth_date, said.sex, said.personal_id, said.insurance_number,
       said.mother_name, said.province_code, said.commune_code, said.household_code, said.relation, known.id,
       coalesce(route.unit_id, -nullif(route.province_code, '')::integer, 0), %(at)s, %(import)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS said (
    source_ref text, full_name text, birth_date text, sex text, personal_id text, insurance_number text, mother_name text,
    province_code text, commune_code text, household_code text, relation text)
LEFT JOIN catalogues_route AS route
    ON route.commune_code = said.commune_code
   AND route.registered @> (%(at)s::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
LEFT JOIN LATERAL (
    SELECT min(named.id) AS id
    FROM (
        SELECT person.id, person.full_name FROM persons_person AS person
        WHERE person.personal_id = nullif(said.personal_id, '') AND person.merged_into_id IS NULL
        UNION
        SELECT person.id, person.full_name
        FROM persons_number AS ledger JOIN persons_person AS person ON person.id = persons_survivor(ledger.person_id)
        WHERE ledger.number = nullif(said.insurance_number, '')) AS named
    WHERE name_match_key(named.full_name) = name_match_key(said.full_name)
    HAVING count(*) = 1) AS known ON true
ON CONFLICT (source, source_ref) DO UPDATE
SET full_name = excluded.full_name, birth_date = excluded.birth_date, sex = excluded.sex,
    personal_id = excluded.personal_id, insurance_number = excluded.insurance_number, mother_name = excluded.mother_name,
    province_code = excluded.province_code, commune_code = excluded.commune_code,
    household_code = excluded.household_code, relation = excluded.relation,
    person_id = coalesce(entry.person_id, excluded.person_id), area = excluded.area, received_at = excluded.received_at,
    import_id = excluded.import_id
