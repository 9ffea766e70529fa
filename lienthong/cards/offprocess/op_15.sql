-- OP-15, before the law has judged: paper dossiers, their reason, and the electronic record the child already had.
-- Reads: dossiers_dossier. Writes nothing.
-- Grain: one paper dossier. Repeatable: reads alone. Refuses nothing: law.paper_channel says which of them may stand.
SELECT dossier.id, NULL::bigint, dossier.id, dossier.unit_id, dossier.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, NULL::text, '',
       dossier.paper_reason, dossier.province_code,
       (dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, earlier.record_count > 0, earlier.standing_count = 0
FROM dossiers_dossier AS dossier
CROSS JOIN LATERAL (
    SELECT count(*) AS record_count, count(*) FILTER (WHERE record.state NOT IN ('CANCELLED', 'REJECTED')) AS standing_count
    FROM dossiers_dossier AS record
    WHERE record.person_id = dossier.person_id AND record.id <> dossier.id AND record.channel = 'electronic'
      AND record.kind = 'first' AND record.received_at <= dossier.received_at) AS earlier
WHERE (%(everything)s OR dossier.id = ANY (%(ids)s))
  AND dossier.channel = 'paper' AND dossier.kind = 'first' AND dossier.state NOT IN ('CANCELLED', 'REJECTED')
