-- Reconcile, close: differences of the day that are no more, or stand otherwise now.
-- Reads: oversight_told (this session's). Writes: oversight_difference. Grain: one difference. Repeatable: yes.
-- Refuses nothing.
UPDATE oversight_difference AS known SET closed_at = %(at)s
WHERE known.day = %(day)s AND known.closed_at IS NULL
  AND NOT EXISTS (
      SELECT 1 FROM oversight_told AS told
      WHERE told.source = known.source AND told.message_id = known.message_id AND told.book = known.book
        AND told.commune_code = known.commune_code AND told.province_code = known.province_code
        AND told.reason = known.reason AND told.code = known.code AND told.area = known.area
        AND told.dossier_id IS NOT DISTINCT FROM known.dossier_id
        AND told.message_ref IS NOT DISTINCT FROM known.message_ref)
