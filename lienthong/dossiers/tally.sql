-- Tally: the parts of each count of closed dossiers become one.
-- Reads and writes: dossiers_closedcount. Grain: one area and state. Repeatable: a part is taken once, whoever tallies
-- beside it. Refuses nothing.
WITH taken AS (
    DELETE FROM dossiers_closedcount AS part
    USING (SELECT area, state FROM dossiers_closedcount GROUP BY area, state HAVING count(*) > 1) AS parted
    WHERE part.area = parted.area AND part.state = parted.state
    RETURNING part.area, part.state, part.count
)
INSERT INTO dossiers_closedcount (area, state, count)
SELECT area, state, sum(count) FROM taken GROUP BY area, state HAVING sum(count) <> 0
