-- Picked: the open differences that a rule speaks of, with what the record says and what the rule would make of it.
-- Reads: persons_difference, persons_person. Writes: nothing. Grain: one difference. Repeatable: yes.
-- Refuses nothing: `fits` is false where what a birth registered would have to change; that stays open for an officer.
SELECT difference.id, difference.person_id, person.full_name, difference.household_value, difference.collection_value,
       held.value AS value_before,
       CASE WHEN held.value IS NULL THEN '' ELSE wanted.value END AS value_after,
       held.value IS NULL OR wanted.value = held.value
           OR (isempty(person.entitled) AND person.merged_into_id IS NULL AND wanted.value <> '' AND CASE difference.kind
               WHEN 'birth_date' THEN pg_input_is_valid(wanted.value, 'date') AND wanted.value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
               WHEN 'sex' THEN wanted.value IN ('male', 'female', 'undetermined')
               WHEN 'commune' THEN EXISTS (SELECT 1 FROM catalogues_route AS route
                                           WHERE route.commune_code = wanted.value AND route.registered @> %(on)s::date)
               ELSE true END) AS fits
FROM persons_difference AS difference
JOIN persons_person AS person ON person.id = difference.person_id
CROSS JOIN LATERAL (
    SELECT CASE difference.kind
               WHEN 'name' THEN person.full_name WHEN 'name_tone' THEN person.full_name
               WHEN 'birth_date' THEN person.born_on::text WHEN 'sex' THEN person.sex
               WHEN 'mother_name' THEN person.mother_name WHEN 'commune' THEN person.residence_commune_code END AS value) AS held
CROSS JOIN LATERAL (
    SELECT CASE WHEN difference.kind IN ('name', 'name_tone', 'mother_name') THEN name_stored_form(said.value)
                ELSE said.value END AS value
    FROM (SELECT CASE %(choice)s WHEN 'household' THEN difference.household_value
                                 WHEN 'collection' THEN difference.collection_value ELSE held.value END AS value) AS said
) AS wanted
WHERE difference.state = 'open' AND difference.kind = %(kind)s AND difference.id > %(after)s
  AND CASE %(pattern)s
      WHEN 'any' THEN true
      WHEN 'tone_place' THEN lower(name_stored_form(difference.household_value)) <> lower(name_stored_form(difference.collection_value))
          AND name_tone_key(difference.household_value) = name_tone_key(difference.collection_value)
      WHEN 'case' THEN lower(name_stored_form(difference.household_value)) = lower(name_stored_form(difference.collection_value))
      WHEN 'empty_side' THEN difference.household_value = '' OR difference.collection_value = ''
      WHEN 'day_month' THEN difference.household_value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
          AND difference.collection_value
              = left(difference.household_value, 5) || right(difference.household_value, 2) || '-'
                || substr(difference.household_value, 6, 2)
      WHEN 'equals_registered' THEN held.value IN (difference.household_value, difference.collection_value)
      ELSE false END
ORDER BY difference.id
LIMIT %(limit)s
FOR UPDATE OF difference SKIP LOCKED
