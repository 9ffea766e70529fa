-- Reconcile, told: every difference of the day as it stands now.
-- Reads: oversight_standing, oversight_owing (this session's), oversight_statement, oversight_statedcount.
-- Writes: oversight_told, a temporary table. Grain: one difference. Repeatable: yes. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS oversight_told (
    source text, message_id text, commune_code text, province_code text, area integer, book text, reason text,
    code text, message_ref bigint, dossier_id bigint
) ON COMMIT DELETE ROWS;
TRUNCATE oversight_told;
INSERT INTO oversight_told
SELECT source, message_id, commune_code, province_code, area, 'sent', sent_reason, sent_code, message_ref, dossier_id
FROM oversight_standing WHERE sent_reason <> ''
UNION ALL
SELECT source, message_id, commune_code, province_code, area, 'bytes', bytes_reason, bytes_code, message_ref, dossier_id
FROM oversight_standing WHERE bytes_reason <> ''
UNION ALL
SELECT source, message_id, commune_code, province_code, area, way_book, way_reason, way_code, message_ref, dossier_id
FROM oversight_standing WHERE way_book <> ''
UNION ALL
SELECT statement.source, '', told.commune_code, statement.province_code, -statement.province_code::integer, 'statement',
       'COUNT_AND_LIST', told.sent_count || '/' || told.listed_count, NULL, NULL
FROM oversight_statement AS statement
JOIN oversight_statedcount AS told ON told.statement_id = statement.id
WHERE statement.day = %(day)s AND statement.state = 'taken' AND told.sent_count <> told.listed_count
UNION ALL
SELECT source, '', '', province_code, -province_code::integer, 'statement',
       CASE WHEN is_awaited THEN 'STATEMENT_AWAITED' ELSE 'STATEMENT_MISSING' END, '', NULL, NULL
FROM oversight_owing WHERE NOT is_stated
