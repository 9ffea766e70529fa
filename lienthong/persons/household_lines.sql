-- Household lines: households by code, by a member's number of any time, by a member's name, or of a commune, with today's head.
-- Reads: persons_household, persons_member, persons_person, persons_number, catalogues_division, catalogues_unit.
-- Writes: none. Grain: one household. Repeatable: yes. Refuses nothing: row-level security decides what is there.
    SELECT household.id, household.code, household.commune_code, coalesce(commune.name, '') AS commune_name,
           household.address, household.closed_on, head.full_name AS head_name, living.member_count,
           coalesce(unit.name, '') AS unit_name
    FROM persons_household AS household
    LEFT JOIN catalogues_division AS commune
        ON commune.code = household.commune_code AND commune.valid @> household.commune_on AND commune.level = 'commune'
    LEFT JOIN catalogues_unit AS unit ON unit.id = household.area
    LEFT JOIN LATERAL (
        SELECT count(*) AS member_count, min(member.person_id) FILTER (WHERE member.relation = '00') AS head_id
        FROM persons_member AS member
        WHERE member.household_id = household.id AND NOT member.is_void AND member.during @> %(on)s::date) AS living ON true
    LEFT JOIN persons_person AS head ON head.id = living.head_id
WHERE household.id > %(after)s AND (%(commune)s = '' OR household.commune_code = %(commune)s)
  AND household.id = ANY (ARRAY(
      SELECT coded.id FROM persons_household AS coded WHERE %(way)s = 'code' AND coded.code = %(text)s
      UNION ALL
      SELECT member.household_id FROM persons_member AS member
      WHERE %(way)s = 'number' AND NOT member.is_void
        AND member.person_id = ANY (ARRAY(SELECT persons_holders(%(text)s)))
      UNION ALL
      SELECT DISTINCT near.id
      FROM persons_household AS near
      JOIN persons_member AS member ON member.household_id = near.id AND NOT member.is_void
      JOIN persons_person AS person ON person.id = member.person_id
      WHERE %(way)s = 'name' AND (%(commune)s = '' OR near.commune_code = %(commune)s) AND near.id > %(after)s
        AND strpos(name_match_key(person.full_name), %(name)s) > 0
      UNION ALL
      (SELECT near.id FROM persons_household AS near
       WHERE %(way)s = 'commune' AND near.closed_on IS NULL AND (%(commune)s = '' OR near.commune_code = %(commune)s)
         AND near.id > %(after)s
       ORDER BY near.id LIMIT %(limit)s)))
ORDER BY household.id LIMIT %(limit)s
