-- EVENT_DIGESTS
-- Sự kiện đã bị sửa, thêm hoặc xóa sau khi ghi nhật ký.
-- Form 2 is the digest of the digests of the lines; batches logged before it are the digest of their texts.
WITH logged AS (
    SELECT action, (detail ->> 'batch')::bigint AS batch, digest,
           CASE WHEN detail ->> 'form' = '2' THEN 2 ELSE 1 END AS form
    FROM audit_entry WHERE action IN ('dossier.moved', 'card.moved')
),
events AS (
    SELECT 'dossier.moved' AS action, batch, id,
           convert_to(dossiers_event_text(id, dossier_id, at, from_state, to_state, by, reason), 'UTF8') AS line
    FROM dossiers_event
    UNION ALL
    SELECT 'card.moved', batch, id,
           convert_to(cards_event_text(id, card_id, at, from_state, to_state, by, reason), 'UTF8')
    FROM cards_event
),
written AS (
    SELECT events.action, events.batch,
           sha256(string_agg(CASE WHEN logged.form = 2 THEN sha256(line) ELSE line END,
                             CASE WHEN logged.form = 2 THEN ''::bytea ELSE '\x0a'::bytea END ORDER BY events.id)) AS digest
    FROM events LEFT JOIN logged ON logged.action = events.action AND logged.batch = events.batch
    GROUP BY events.action, events.batch
)
SELECT coalesce(written.batch, logged.batch), coalesce(written.action, logged.action)
FROM written FULL JOIN logged ON logged.action = written.action AND logged.batch = written.batch
WHERE written.digest IS DISTINCT FROM logged.digest
