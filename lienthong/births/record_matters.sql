-- Record: what else stands about the child: tasks, what arose for collection, its numbers, the question after its id.
-- Reads: dossiers_task, collection_entry, persons_number, persons_identityrequest. Writes: nothing.
-- Grain: one matter, in the order of its beginning, then of its kind and name.
SELECT 'task' AS matter, kind AS name, opened_at AS began_at, closed_at AS ended_at, closed_by AS ended_by,
       detail::text AS detail
FROM dossiers_task WHERE dossier_id = ANY (%(dossiers)s)
UNION ALL
SELECT 'collection', beneficiary_group, arisen_at, voided_at, '',
       jsonb_build_object('first_month', first_month, 'from', lower(covers), 'to', upper(covers) - 1,
                          'reason', void_reason)::text
FROM (
    SELECT * FROM collection_entry WHERE dossier_id = ANY (%(dossiers)s) AND voided_at IS NULL
    UNION ALL
    SELECT * FROM collection_entry WHERE dossier_id = ANY (%(dossiers)s) AND voided_at IS NOT NULL) AS entry
UNION ALL
SELECT 'number', number, taken_at, NULL, '', jsonb_build_object('status', status, 'origin', origin)::text
FROM (
    SELECT * FROM persons_number WHERE person_id = %(person)s AND status = 'active'
    UNION
    SELECT * FROM persons_number WHERE number = ANY (%(numbers)s) AND person_id = %(person)s) AS given
UNION ALL
SELECT 'question', state, made_at, closed_at, '',
       jsonb_build_object('attempts', attempts, 'answer_class', answer_class, 'next_at', next_at)::text
FROM persons_identityrequest WHERE person_id = %(person)s
ORDER BY began_at, matter, name, detail
