-- Difference lines: open differences, the oldest first, or settled ones, the latest first, or one of them, with what the record says.
-- Reads: persons_difference, persons_person, persons_number, persons_member, persons_household, catalogues_unit.
-- Writes: none. Grain: one difference. Repeatable: yes. Refuses nothing: row-level security decides what is there.
    SELECT difference.id, difference.person_id, person.full_name, person.born_on, person.sex,
           coalesce(ledger.number, '') AS insurance_number, difference.kind, difference.state, difference.household_value,
           difference.collection_value, difference.found_at, coalesce(unit.name, '') AS unit_name,
           CASE difference.kind
               WHEN 'name' THEN person.full_name WHEN 'name_tone' THEN person.full_name
               WHEN 'birth_date' THEN person.born_on::text WHEN 'sex' THEN person.sex
               WHEN 'mother_name' THEN person.mother_name WHEN 'commune' THEN person.residence_commune_code
               WHEN 'personal_id' THEN coalesce(person.personal_id, '')
               WHEN 'insurance_number' THEN coalesce(ledger.number, '')
               WHEN 'household' THEN coalesce(home.code, '') WHEN 'relation' THEN coalesce(living.relation, '')
               ELSE '' END AS held_value,
           NOT isempty(person.entitled) AS is_registered, home.id AS household_id, difference.choice, difference.reason,
           difference.value_before, difference.value_after, difference.settled_by, difference.settled_at, difference.run_id
    FROM (
    (SELECT * FROM persons_difference
     WHERE %(way)s = 'open' AND state = 'open' AND (%(kind)s = '' OR kind = %(kind)s) AND (%(unit)s = 0 OR area = %(unit)s)
       AND (found_at, id) > (%(since)s::timestamptz, %(after)s)
     ORDER BY found_at, id LIMIT %(limit)s)
    UNION ALL
    (SELECT * FROM persons_difference
     WHERE %(way)s = 'settled' AND state = 'settled' AND (%(kind)s = '' OR kind = %(kind)s)
       AND (%(unit)s = 0 OR area = %(unit)s)
       AND (%(after)s = 0 OR (settled_at, id) < (%(since)s::timestamptz, %(after)s))
     ORDER BY settled_at DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    SELECT * FROM persons_difference WHERE %(way)s = 'one' AND id = %(after)s) AS difference
    JOIN persons_person AS person ON person.id = difference.person_id
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    LEFT JOIN persons_member AS living
        ON living.person_id = person.id AND NOT living.is_void AND upper_inf(living.during)
    LEFT JOIN persons_household AS home ON home.id = living.household_id
    LEFT JOIN catalogues_unit AS unit ON unit.id = difference.area
ORDER BY CASE %(way)s WHEN 'settled' THEN difference.settled_at END DESC, difference.found_at, difference.id
