-- EVENT_DIGESTS
-- Sự kiện đã bị sửa, thêm hoặc xóa sau khi ghi nhật ký.
WITH written AS (
    SELECT 'dossier.moved' AS action, batch,
           sha256(convert_to(string_agg(
               dossiers_event_text(id, dossier_id, at, from_state, to_state, by, reason), E'\n' ORDER BY id),
               'UTF8')) AS digest
    FROM dossiers_event GROUP BY batch
    UNION ALL
    SELECT 'card.moved', batch,
           sha256(convert_to(string_agg(
               cards_event_text(id, card_id, at, from_state, to_state, by, reason), E'\n' ORDER BY id),
               'UTF8'))
    FROM cards_event GROUP BY batch
),
logged AS (
    SELECT action, (detail ->> 'batch')::bigint AS batch, digest
    FROM audit_entry WHERE action IN ('dossier.moved', 'card.moved')
)
SELECT coalesce(written.batch, logged.batch), coalesce(written.action, logged.action)
FROM written FULL JOIN logged ON logged.action = written.action AND logged.batch = written.batch
WHERE written.digest IS DISTINCT FROM logged.digest
