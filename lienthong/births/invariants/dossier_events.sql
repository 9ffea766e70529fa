-- DOSSIER_EVENTS
-- Trạng thái hồ sơ khác với sự kiện cuối cùng, hoặc chuỗi sự kiện bị đứt.
SELECT walk.dossier_id, walk.from_state || ' → ' || walk.to_state
FROM (
    SELECT event.dossier_id, event.from_state, event.to_state,
           lag(event.to_state, 1, '') OVER (PARTITION BY event.dossier_id ORDER BY event.id) AS before,
           lead(event.id) OVER (PARTITION BY event.dossier_id ORDER BY event.id) IS NULL AS is_last
    FROM dossiers_event AS event) AS walk
JOIN dossiers_dossier AS dossier ON dossier.id = walk.dossier_id
WHERE walk.from_state <> walk.before OR (walk.is_last AND walk.to_state <> dossier.state)
UNION ALL
SELECT dossier.id, dossier.code FROM dossiers_dossier AS dossier
WHERE NOT EXISTS (SELECT 1 FROM dossiers_event AS event WHERE event.dossier_id = dossier.id)
