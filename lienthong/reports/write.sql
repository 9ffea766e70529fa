-- Write: the lines of these dossiers as their events tell them now, and what they add to the cells.
-- Reads: what reports_lines_of reads. Writes: reports_line, reports_cell. Grain: one first dossier.
-- Repeatable: after `forget` of the same dossiers. Refuses nothing.
WITH line AS (
    INSERT INTO reports_line SELECT * FROM reports_lines_of(%(ids)s) RETURNING *
)
INSERT INTO reports_cell AS cell (month, province, what, value, count)
SELECT date_trunc('month', line.received_on)::date, line.province, added.what, added.value, count(*)
FROM line CROSS JOIN LATERAL reports_added(line::reports_line) AS added
GROUP BY 1, 2, 3, 4
ON CONFLICT (month, province, what, value) DO UPDATE SET count = cell.count + excluded.count
