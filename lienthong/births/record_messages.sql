-- Record: every message about the register entries of these dossiers, and of the papers that joined them, with the facts
-- read from it, its deliveries and, for a paper, why, by whom and on what evidence.
-- Reads: births_registration, births_message (never its bytes), births_birth, births_paper, births_scan, births_delivery,
--        births_conflict, births_release. Writes: nothing.
-- Grain: one message, in the order of receipt. A message that waits for a list has no entry yet and is not among them.
-- OFFSET 0: each is looked up from the one before, whatever the planner's figures say of the tables' sizes.
WITH entry AS (
    SELECT id, dossier_id AS of_dossier, commune_code, book, number, year FROM births_registration
    WHERE dossier_id = ANY (%(dossiers)s)
    UNION ALL
    SELECT id, joined_dossier_id, commune_code, book, number, year FROM births_registration
    WHERE joined_dossier_id = ANY (%(dossiers)s)
)
SELECT message.id, entry.of_dossier AS dossier_id, entry.id AS registration_id, entry.commune_code AS office, entry.book,
       entry.number, entry.year, message.source, message.message_id, message.kind, message.version,
       coalesce(paper.paper_no, 0) AS paper_no, message.channel, message.received_at, message.judged_at, message.state,
       message.code, message.field, message.warnings, encode(message.body_sha256, 'hex') AS sha256, birth.entitled,
       coalesce(birth.facts::text, '') AS facts,
       ARRAY(SELECT delivery.received_at FROM births_delivery AS delivery WHERE delivery.message_ref = message.id
             ORDER BY delivery.id LIMIT 1000) AS delivered_at,
       ARRAY(SELECT other.received_at FROM births_conflict AS other WHERE other.message_id = message.id
             ORDER BY other.id LIMIT 1000) AS conflicting_at,
       coalesce(release.asked_by, '') AS release_asked_by, release.asked_at AS release_asked_at,
       coalesce(release.confirmed_by, '') AS release_confirmed_by, release.confirmed_at AS release_confirmed_at,
       CASE WHEN paper.id IS NULL THEN 'null' ELSE jsonb_build_object(
           'id', paper.id, 'reason', paper.reason, 'kind', paper.kind, 'note', paper.note,
           'province_code', paper.province_code, 'entered_by', paper.entered_by, 'entered_at', paper.entered_at,
           'scans', (SELECT jsonb_agg(jsonb_build_object(
                                'id', scan.id, 'place', scan.place, 'name', scan.name, 'form', scan.form,
                                'size', scan.size, 'sha256', encode(scan.sha256, 'hex')) ORDER BY scan.place)
                     FROM births_scan AS scan WHERE scan.paper_id = paper.id))::text END AS paper
FROM entry
CROSS JOIN LATERAL (
    SELECT id, source, message_id, kind, version, channel, received_at, judged_at, state, code, field, warnings,
           body_sha256
    FROM births_message WHERE registration_id = entry.id OFFSET 0) AS message
LEFT JOIN LATERAL (
    SELECT entitled, facts FROM births_birth WHERE message_id = message.id OFFSET 0) AS birth ON true
LEFT JOIN LATERAL (
    SELECT id, paper_no, reason, kind, note, province_code, entered_by, entered_at
    FROM births_paper WHERE message_id = message.id OFFSET 0) AS paper ON true
LEFT JOIN LATERAL (
    SELECT asked_by, asked_at, confirmed_by, confirmed_at
    FROM births_release WHERE message_id = message.id OFFSET 0) AS release ON true
ORDER BY message.received_at, message.id
