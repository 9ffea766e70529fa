-- Counts: how many dossiers of the actor's area stand in each state, and how many of them are late.
-- Reads: dossiers_dossier, dossiers_closedcount. Writes: nothing. Grain: one state. Repeatable. Refuses nothing.
-- What is worked on is counted in the index dossier_work alone, what passes in dossier_queue; what is closed was counted
-- when it was closed, for in all years it is nearly everything. Row-level security decides whose rows these are.
SELECT state, count(*) AS count, count(*) FILTER (WHERE due_on < %(on)s) AS late_count
FROM dossiers_dossier
WHERE state = ANY (%(worked_on)s) AND (%(everywhere)s OR area = ANY ((SELECT authz.areas())::int[]))
GROUP BY state
UNION ALL
SELECT state, count(*), count(*) FILTER (WHERE due_on < %(on)s)
FROM dossiers_dossier
WHERE state = ANY (%(passing)s) AND (%(everywhere)s OR area = ANY ((SELECT authz.areas())::int[]))
GROUP BY state
UNION ALL
SELECT state, sum(count)::bigint, 0
FROM dossiers_closedcount
WHERE %(everywhere)s OR area = ANY ((SELECT authz.areas())::int[])
GROUP BY state HAVING sum(count) <> 0
