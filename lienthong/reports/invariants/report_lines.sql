-- REPORT_LINES
-- Số liệu gộp sẵn của báo cáo khác với diễn biến của hồ sơ, hoặc khác với các dòng đã gộp.
-- Made again from their events, the lines are the same; what is not folded yet is left out, since no figure takes it from
-- there. The cells are the sums of the closed lines.
WITH lagging AS MATERIALIZED (
    SELECT unnest(reports_dirty()) AS dossier_id
),
settled AS MATERIALIZED (
    SELECT array_agg(dossier.id) AS ids FROM dossiers_dossier AS dossier
    WHERE dossier.kind = 'first' AND dossier.id NOT IN (SELECT dossier_id FROM lagging)
),
again AS MATERIALIZED (
    SELECT line.* FROM settled CROSS JOIN LATERAL reports_lines_of(settled.ids) AS line
),
summed AS (
    SELECT date_trunc('month', line.received_on)::date AS month, line.province, added.what, added.value, count(*) AS count
    FROM reports_line AS line CROSS JOIN LATERAL reports_added(line) AS added GROUP BY 1, 2, 3, 4
)
SELECT 'dossier ' || coalesce(again.dossier_id, kept.dossier_id), ''
FROM again FULL JOIN (
    SELECT * FROM reports_line WHERE dossier_id NOT IN (SELECT dossier_id FROM lagging)) AS kept USING (dossier_id)
WHERE again IS DISTINCT FROM kept
UNION ALL
SELECT concat_ws(' ', 'cell', month, province, what, value),
       concat_ws(' / ', coalesce(cell.count, 0), coalesce(summed.count, 0))
FROM summed FULL JOIN reports_cell AS cell USING (month, province, what, value)
WHERE coalesce(cell.count, 0) <> coalesce(summed.count, 0)
