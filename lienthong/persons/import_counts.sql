-- Counts: what a file comes to: rows by outcome and by person, faults and remarks by code, changes by column, what is missing.
-- Reads: persons_importrow, persons_entry. Writes: nothing. Grain: one JSON document. Repeatable: yes. Refuses: nothing.
-- Missing are rows that this source once brought of the communes that the file names, and that it does not name now.
WITH rows AS MATERIALIZED (
    SELECT outcome, link, faults, remarks, changes, commune_code, source_ref FROM persons_importrow
    WHERE source_id = %(import)s
)
SELECT jsonb_build_object(
    'rows', (SELECT count(*) FROM rows),
    'fault', (SELECT count(*) FROM rows WHERE outcome = 'fault'),
    'new', (SELECT count(*) FROM rows WHERE outcome = 'new'),
    'changed', (SELECT count(*) FROM rows WHERE outcome = 'changed'),
    'unchanged', (SELECT count(*) FROM rows WHERE outcome = 'unchanged'),
    'known', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'known'),
    'linked', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'linked'),
    'made', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'made'),
    'asked', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'asked'),
    'repeat', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'repeat'),
    'unlinked', (SELECT count(*) FROM rows WHERE outcome <> 'fault' AND link = 'unlinked'),
    -- A difference of two lists: sorted or hashed, never one row of the file for each row of the register.
    'missing', (SELECT count(*) FROM (
        SELECT entry.source_ref FROM persons_entry AS entry
        WHERE entry.source = %(source)s
          AND entry.commune_code = ANY (ARRAY(SELECT DISTINCT commune_code FROM rows WHERE outcome <> 'fault'))
        EXCEPT SELECT source_ref FROM rows) AS unnamed),
    'faults', (SELECT coalesce(jsonb_object_agg(said, count), '{}') FROM (
        SELECT said, count(*) FROM rows CROSS JOIN unnest(faults) AS said GROUP BY said) AS each),
    'remarks', (SELECT coalesce(jsonb_object_agg(said, count), '{}') FROM (
        SELECT said, count(*) FROM rows CROSS JOIN unnest(remarks) AS said WHERE outcome <> 'fault' GROUP BY said) AS each),
    'changes', (SELECT coalesce(jsonb_object_agg(said, count), '{}') FROM (
        SELECT said, count(*) FROM rows CROSS JOIN unnest(changes) AS said WHERE outcome = 'changed' GROUP BY said) AS each))
