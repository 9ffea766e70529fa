-- Link: say of the rows of a file, one stretch of lines, what they would do and whom they are about.
-- Reads: persons_importrow, persons_entry, persons_person, persons_number, persons_household, persons_member,
-- persons_standing, catalogues_route. Writes: persons_importrow. Grain: one row of the file.
-- Repeatable: yes; the register as it stands decides, so that it is asked again right before a row is written.
-- Refuses: nothing; a row that cannot be taken gets its fault. An id links when name or birth date agree, a number when
-- both do: what differs then is a difference for an officer. With `only_repeats` the rows whose id or number stood in an
-- earlier row of the same stretch, without it all others.
-- Every look is by index, from row to row: the planner knows the size of no list here.
WITH asked AS MATERIALIZED (
    SELECT row.*, substring(row.source_ref FROM '^P([0-9]{1,18})$')::bigint AS own_id
    FROM persons_importrow AS row
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND row.line <= %(upto)s AND row.outcome <> 'fault'
      AND (%(is_preview)s OR (row.repeats_line IS NOT NULL AND row.repeats_line > %(after)s) = %(only_repeats)s)
),
judged AS MATERIALIZED (
    SELECT asked.id, asked.faults AS held_faults, asked.remarks AS held_remarks, asked.repeats_line IS NOT NULL AS is_repeat,
           asked.born_on IS NULL AS is_vague, route.area, linked.person_id, said.person_id AS said_person, said.entry_id, said.is_said,
           by_id.fit_id AS by_id, by_number.fit_id AS by_number, told.changes, told.before, alike.ids AS alike_ids,
           home.address AS old_address,
           home.id IS NOT NULL AND 'address' = ANY (%(columns)s::text[]) AND asked.address <> ''
               AND asked.address <> home.address AS is_moved,
           -- A source that spoke of somebody whom nobody knew then, and who is known or can be made now.
           said.entry_id IS NOT NULL AND said.person_id IS NULL
               AND (linked.person_id IS NOT NULL OR asked.born_on IS NOT NULL) AS is_met,
           array_remove(ARRAY[
               CASE WHEN route.is_lost THEN 'E-COMMUNE:commune_code' END,
               CASE WHEN NOT %(is_everywhere)s AND NOT route.is_lost AND NOT route.area = ANY (%(areas)s::integer[])
                    THEN CASE WHEN asked.commune_code <> '' THEN 'E-AREA:commune_code' ELSE 'E-AREA:province_code' END END,
               CASE WHEN NOT %(is_everywhere)s AND said.entry_area IS NOT NULL
                         AND NOT said.entry_area = ANY (%(areas)s::integer[]) THEN 'E-REF-AREA:source_ref' END,
               -- Our own reference names its person: to whoever may see him, and not of a row that is unlike him.
               CASE WHEN said.own_person IS NOT NULL AND said.entry_id IS NULL
                         AND (told.changes @> '{full_name,birth_date}'
                              OR NOT (%(is_everywhere)s
                                      OR persons_area_of(said.own_person) = ANY (%(areas)s::integer[])))
                    THEN 'E-REF:source_ref' END,
               CASE WHEN NOT %(is_everywhere)s AND home.area IS NOT NULL AND NOT home.area = ANY (%(areas)s::integer[])
                    THEN 'E-HOUSEHOLD-AREA:household_code' END,
               CASE WHEN home.is_closed THEN 'E-HOUSEHOLD-CLOSED:household_code' END], NULL) AS faults,
           array_remove(ARRAY[
               CASE WHEN asked.repeats_line IS NOT NULL THEN 'W-REPEAT:' END,
               CASE WHEN by_id.id IS DISTINCT FROM linked.person_id AND by_id.id IS NOT NULL THEN 'W-ID-HELD:personal_id' END,
               CASE WHEN by_number.id IS DISTINCT FROM linked.person_id AND by_number.id IS NOT NULL
                    THEN 'W-NUMBER-HELD:insurance_number' END,
               -- The sequence would give it to a newborn one day, or has kept it back.
               CASE WHEN by_number.id IS NULL AND asked.insurance_number ~ '^[0-9]{10}$'
                         AND asked.insurance_number::bigint BETWEEN %(range_start)s AND %(range_end)s
                    THEN 'W-NUMBER-AHEAD:insurance_number' END,
               CASE WHEN asked.relation = '00' AND home.head_id IS NOT NULL
                         AND home.head_id IS DISTINCT FROM linked.person_id THEN 'W-HEAD:relation' END,
               CASE WHEN %(source)s = 'household' AND EXISTS (
                        SELECT 1 FROM persons_member AS living
                        WHERE living.person_id = linked.person_id AND NOT living.is_void AND upper_inf(living.during)
                          AND living.household_id IS DISTINCT FROM home.id) THEN 'W-ELSEWHERE:household_code' END],
               NULL) AS remarks
    FROM asked
    CROSS JOIN LATERAL (
        SELECT asked.commune_code <> '' AND found.area IS NULL AS is_lost,
               coalesce(found.area, -nullif(asked.province_code, '')::integer, 0) AS area
        FROM (SELECT (
            SELECT coalesce(way.unit_id::integer, -nullif(way.province_code, '')::integer, 0)
            FROM catalogues_route AS way
            WHERE way.commune_code = asked.commune_code AND way.registered @> %(on)s::date LIMIT 1) AS area) AS found) AS route
    LEFT JOIN LATERAL (
        SELECT entry.* FROM persons_entry AS entry
        WHERE entry.source = %(source)s AND entry.source_ref = asked.source_ref LIMIT 1) AS entry ON true
    -- Of a row that an export of ours wrote and that the source never spoke of: what stands.
    LEFT JOIN LATERAL (
        SELECT standing.* FROM persons_standing AS standing WHERE standing.person_id = asked.own_id LIMIT 1) AS own ON true
    CROSS JOIN LATERAL (
        SELECT entry.id AS entry_id, entry.area AS entry_area, entry.id IS NOT NULL OR own.person_id IS NOT NULL AS is_said,
               own.person_id AS own_person,
               CASE WHEN entry.id IS NULL THEN own.person_id ELSE persons_survivor(entry.person_id) END AS person_id) AS said
    -- Column by column, of the columns that the file has.
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(cell.name ORDER BY cell.place), '{}') AS changes,
               coalesce(jsonb_object_agg(cell.name, cell.before), '{}') AS before
        FROM (VALUES
            (1, 'full_name', entry.full_name, own.full_name, asked.full_name),
            (2, 'birth_date', entry.birth_date, own.birth_date, asked.birth_date),
            (3, 'sex', entry.sex, own.sex, asked.sex),
            (4, 'personal_id', entry.personal_id, own.personal_id, asked.personal_id),
            (5, 'insurance_number', entry.insurance_number, own.insurance_number, asked.insurance_number),
            (6, 'mother_name', entry.mother_name, own.mother_name, asked.mother_name),
            (7, 'province_code', entry.province_code, own.province_code, asked.province_code),
            (8, 'commune_code', entry.commune_code, own.commune_code, asked.commune_code),
            (9, 'household_code', entry.household_code, own.household_code, asked.household_code),
            (10, 'relation', entry.relation, own.relation, asked.relation)) AS each (place, name, entered, stands, after)
        CROSS JOIN LATERAL (
            SELECT each.place, each.name, coalesce(each.entered, each.stands) AS before, each.after) AS cell
        WHERE said.is_said AND cell.name = ANY (%(columns)s::text[]) AND cell.before <> cell.after) AS told
    LEFT JOIN LATERAL (
        SELECT person.id, CASE WHEN person.fold_key = asked.fold_key OR person.born_on = asked.born_on
                                    OR (asked.born_on IS NULL
                                        AND extract(year FROM person.born_on)::integer::text = asked.birth_date)
                               THEN person.id END AS fit_id
        FROM persons_person AS person
        WHERE asked.personal_id <> '' AND person.id = coalesce((
            SELECT holder.id FROM persons_person AS holder
            WHERE holder.personal_id = asked.personal_id AND holder.merged_into_id IS NULL), (
            SELECT persons_survivor(merged.id) FROM persons_person AS merged
            WHERE merged.personal_id = asked.personal_id AND merged.merged_into_id IS NOT NULL LIMIT 1))) AS by_id ON true
    LEFT JOIN LATERAL (
        SELECT person.id, CASE WHEN person.fold_key = asked.fold_key
                                    AND (person.born_on = asked.born_on
                                         OR (asked.born_on IS NULL
                                             AND extract(year FROM person.born_on)::integer::text = asked.birth_date))
                               THEN person.id END AS fit_id
        FROM persons_person AS person
        WHERE person.id = (
            SELECT persons_survivor(ledger.person_id) FROM persons_number AS ledger
            WHERE asked.insurance_number <> '' AND ledger.number = asked.insurance_number)) AS by_number ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(said.person_id, by_id.fit_id, by_number.fit_id) AS person_id) AS linked
    LEFT JOIN LATERAL (
        SELECT household.id, household.area, household.closed_on IS NOT NULL AS is_closed, household.address, (
                   SELECT head.person_id FROM persons_member AS head
                   WHERE head.household_id = household.id AND head.relation = '00' AND NOT head.is_void
                     AND upper_inf(head.during) LIMIT 1) AS head_id
        FROM persons_household AS household
        WHERE %(source)s = 'household' AND household.code = asked.household_code LIMIT 1) AS home ON true
    -- Whoever is new may still be known under another spelling or without a key: an officer is asked (the caller weighs).
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT candidate.id) AS ids
        FROM (
            (SELECT person.id FROM persons_person AS person
             WHERE person.born_on = asked.born_on AND person.fold_key = asked.fold_key AND person.merged_into_id IS NULL
             -- Not by the key: the planner would walk along it through the whole table.
             ORDER BY person.id + 0 LIMIT 5)
            UNION ALL SELECT by_id.id WHERE by_id.id IS NOT NULL
            UNION ALL SELECT by_number.id WHERE by_number.id IS NOT NULL) AS candidate (id)
        WHERE linked.person_id IS NULL) AS alike ON true
),
told AS MATERIALIZED (
    SELECT judged.id, judged.area, judged.person_id AS found_id, judged.held_faults || judged.faults AS faults,
           ARRAY(SELECT kept FROM unnest(judged.held_remarks) AS kept
                 WHERE split_part(kept, ':', 1)
                       <> ALL ('{W-REPEAT,W-ID-HELD,W-NUMBER-HELD,W-NUMBER-AHEAD,W-HEAD,W-ELSEWHERE}'))
           || judged.remarks AS remarks,
           coalesce(judged.alike_ids, CASE WHEN judged.by_number <> judged.by_id AND judged.said_person IS NULL
                                           THEN ARRAY[judged.by_number] END, '{}') AS asked_ids,
           CASE WHEN judged.said_person IS NOT NULL THEN 'known'
                WHEN judged.person_id IS NOT NULL THEN 'linked'
                WHEN %(is_preview)s AND judged.is_repeat THEN 'repeat'
                WHEN judged.is_vague THEN 'unlinked'
                ELSE 'made' END AS link,
           judged.changes || CASE WHEN judged.is_moved THEN '{address}'::text[] ELSE '{}' END
               || CASE WHEN judged.is_met THEN '{person}'::text[] ELSE '{}' END AS changes,
           judged.before || CASE WHEN judged.is_moved THEN jsonb_build_object('address', judged.old_address)
                                 ELSE '{}'::jsonb END AS before,
           CASE WHEN judged.faults <> '{}' THEN 'fault'
                WHEN NOT judged.is_said THEN 'new'
                WHEN judged.changes <> '{}' OR judged.is_moved OR judged.is_met THEN 'changed'
                ELSE 'unchanged' END AS outcome
    FROM judged
)
-- A row that stays as it was is not written again: most of a large file was compared a moment ago.
UPDATE persons_importrow AS row
SET area = said.area, found_id = said.found_id, faults = said.faults, remarks = said.remarks, asked_ids = said.asked_ids,
    link = said.link, changes = said.changes, before = said.before, outcome = said.outcome
FROM told AS said
WHERE row.id = said.id
  AND (row.area, row.found_id, row.faults, row.remarks, row.asked_ids, row.link, row.changes, row.before, row.outcome)
      IS DISTINCT FROM (said.area, said.found_id, said.faults, said.remarks, said.asked_ids, said.link, said.changes,
                        said.before, said.outcome)
