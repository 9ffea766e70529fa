-- Forget: the lines of these dossiers, and what they added to the cells.
-- Reads: reports_line. Writes: reports_line, reports_cell. Grain: one dossier. Repeatable. Refuses nothing.
WITH line AS (
    DELETE FROM reports_line WHERE dossier_id = ANY (%(ids)s) RETURNING *
)
INSERT INTO reports_cell AS cell (month, province, what, value, count)
SELECT date_trunc('month', line.received_on)::date, line.province, added.what, added.value, -count(*)
FROM line CROSS JOIN LATERAL reports_added(line::reports_line) AS added
GROUP BY 1, 2, 3, 4
ON CONFLICT (month, province, what, value) DO UPDATE SET count = cell.count + excluded.count
