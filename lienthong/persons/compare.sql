-- Compare: where the household and the collection database differ about the persons whose entries have just come or changed.
-- Reads: persons_entry, persons_person, catalogues_route, persons_difference. Writes: persons_difference, persons_entry.compared_at.
-- Grain: one person. Repeatable: a compared entry has left the set; what was settled stays settled while both sides say
-- what they said then. Refuses nothing. The latest entry of a database speaks for it; a commune is compared as it is called
-- today; an empty side is a difference in what identifies a person, and says nothing about household, relation or mother.
-- That a database knows nothing of a person is a difference only where that database has been received at all.
WITH claimed AS MATERIALIZED (
    SELECT entry.id, CASE WHEN person.merged_into_id IS NULL THEN person.id ELSE persons_survivor(person.id) END AS person_id
    FROM persons_entry AS entry JOIN persons_person AS person ON person.id = entry.person_id
    WHERE entry.compared_at IS NULL AND entry.person_id IS NOT NULL
    ORDER BY entry.id LIMIT %(limit)s
    FOR UPDATE OF entry SKIP LOCKED
),
asked AS MATERIALIZED (SELECT DISTINCT person_id FROM claimed),
side AS MATERIALIZED (
    SELECT asked.person_id, held.*
    FROM asked
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (entry.source) entry.id, entry.source, entry.full_name, entry.birth_date, entry.sex,
               entry.personal_id, entry.insurance_number, entry.mother_name, entry.household_code, entry.relation,
               entry.area,
               coalesce((SELECT nullif(route.resolved_code, '') FROM catalogues_route AS route
                         WHERE route.commune_code = entry.commune_code
                           AND route.registered @> (entry.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1),
                        entry.commune_code) AS commune_code
        FROM persons_entry AS entry
        WHERE entry.person_id = ANY (persons_family(asked.person_id))
        ORDER BY entry.source, entry.received_at DESC, entry.id DESC) AS held
),
-- One row a person, both sides beside each other.
both_sides AS MATERIALIZED (
    SELECT asked.person_id, h.id AS h_id, c.id AS c_id, coalesce(h.area, c.area) AS area,
           h.full_name AS h_name, c.full_name AS c_name, h.birth_date AS h_born, c.birth_date AS c_born, h.sex AS h_sex,
           c.sex AS c_sex, h.personal_id AS h_pid, c.personal_id AS c_pid, h.insurance_number AS h_number,
           c.insurance_number AS c_number, h.mother_name AS h_mother, c.mother_name AS c_mother,
           h.commune_code AS h_commune, c.commune_code AS c_commune, h.household_code AS h_home,
           c.household_code AS c_home, h.relation AS h_relation, c.relation AS c_relation
    FROM asked
    LEFT JOIN side AS h ON h.person_id = asked.person_id AND h.source = 'household'
    LEFT JOIN side AS c ON c.person_id = asked.person_id AND c.source = 'collection'
),
found AS MATERIALIZED (
    SELECT person_id, h_id, c_id, area, kind, left_value, right_value
    FROM both_sides
    CROSS JOIN LATERAL (VALUES
        (CASE WHEN name_tone_key(h_name) = name_tone_key(c_name) THEN 'name_tone' ELSE 'name' END, h_name, c_name,
         name_stored_form(h_name) <> name_stored_form(c_name)),
        ('birth_date', h_born, c_born, h_born <> c_born),
        ('sex', h_sex, c_sex, h_sex <> c_sex),
        ('personal_id', h_pid, c_pid, h_pid <> c_pid),
        ('insurance_number', h_number, c_number, h_number <> c_number),
        ('mother_name', h_mother, c_mother,
         h_mother <> '' AND c_mother <> '' AND name_tone_key(h_mother) <> name_tone_key(c_mother)),
        ('commune', h_commune, c_commune, h_commune <> '' AND c_commune <> '' AND h_commune <> c_commune),
        ('household', h_home, c_home, h_home <> '' AND c_home <> '' AND h_home <> c_home),
        ('relation', h_relation, c_relation, h_relation <> '' AND c_relation <> '' AND h_relation <> c_relation),
        ('only_household', h_name, '', c_id IS NULL AND EXISTS (
            SELECT 1 FROM persons_entry AS other WHERE other.source = 'collection' AND other.area = both_sides.area)),
        ('only_collection', '', c_name, h_id IS NULL AND EXISTS (
            SELECT 1 FROM persons_entry AS other WHERE other.source = 'household' AND other.area = both_sides.area))
    ) AS pair (kind, left_value, right_value, differs)
    WHERE pair.differs
),
gone AS (
    UPDATE persons_difference AS difference SET state = 'gone'
    FROM asked
    WHERE difference.person_id = asked.person_id AND difference.state = 'open'
      AND NOT EXISTS (SELECT 1 FROM found WHERE found.person_id = difference.person_id AND found.kind = difference.kind)
),
opened AS (
    INSERT INTO persons_difference AS difference (
        person_id, household_entry_id, collection_entry_id, kind, household_value, collection_value, area, found_at, state)
    SELECT person_id, h_id, c_id, kind, left_value, right_value, area, %(at)s, 'open'
    FROM found
    WHERE NOT EXISTS (
        SELECT 1 FROM persons_difference AS settled
        WHERE settled.person_id = found.person_id AND settled.kind = found.kind AND settled.state = 'settled'
          AND settled.household_value = found.left_value AND settled.collection_value = found.right_value)
    ON CONFLICT (person_id, kind) WHERE state = 'open' DO UPDATE
    SET household_entry_id = excluded.household_entry_id, collection_entry_id = excluded.collection_entry_id,
        household_value = excluded.household_value, collection_value = excluded.collection_value, area = excluded.area
)
UPDATE persons_entry AS entry SET compared_at = %(at)s
FROM claimed WHERE entry.id = claimed.id
