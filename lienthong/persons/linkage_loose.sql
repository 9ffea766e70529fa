-- Take back what a linkage tied. Reads: persons_linkedentry. Writes: persons_entry (person_id, compared_at).
-- Grain: an entry, by id from one on. Repeatable: yes. Refuses: nothing: an entry that was tied to another person since
-- keeps him. Gives the last id, how many were looked at and how many were loosed.
WITH taken AS (
    SELECT linked.id, linked.entry_id, linked.person_id FROM persons_linkedentry AS linked
    WHERE linked.linkage_id = %(linkage)s AND linked.id > %(after)s ORDER BY linked.id LIMIT %(limit)s
),
loosed AS (
    UPDATE persons_entry AS entry SET person_id = NULL, compared_at = NULL
    FROM taken WHERE entry.id = taken.entry_id AND entry.person_id = taken.person_id
    RETURNING entry.id
)
SELECT (SELECT max(id) FROM taken), (SELECT count(*) FROM taken), (SELECT count(*) FROM loosed)
