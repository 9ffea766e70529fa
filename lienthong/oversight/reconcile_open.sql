-- Reconcile, open: differences of the day that are new, or stand otherwise now.
-- Reads: oversight_told (this session's). Writes: oversight_difference. Grain: one difference. Repeatable: one that is
--        open already is left alone. Refuses nothing.
INSERT INTO oversight_difference (
    day, commune_code, province_code, area, source, message_id, book, reason, code, message_ref, dossier_id, opened_at)
SELECT %(day)s, told.commune_code, told.province_code, told.area, told.source, told.message_id, told.book, told.reason,
       told.code, told.message_ref, told.dossier_id, %(at)s
FROM oversight_told AS told
WHERE NOT EXISTS (
    SELECT 1 FROM oversight_difference AS known
    WHERE known.day = %(day)s AND known.closed_at IS NULL AND known.source = told.source
      AND known.message_id = told.message_id AND known.book = told.book AND known.commune_code = told.commune_code
      AND known.province_code = told.province_code)
ORDER BY told.province_code, told.commune_code, told.message_id, told.book
