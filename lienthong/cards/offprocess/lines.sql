-- Lines: findings as they stood at an instant, with what the list of letter 5052 says of each.
-- Reads: cards_finding, cards_findingstep, cards_card, cards_request, cards_approval, cards_copy, cards_printrun,
--        cards_handover, dossiers_dossier, catalogues_unit, catalogues_division. Writes nothing.
-- Grain: one finding, by id. Repeatable: the same for the same instant. Refuses nothing.
SELECT finding.id, finding.rule, finding.operation, finding.province_code, coalesce(province.name, '') AS province_name,
       dossier.district_code, coalesce(unit.code, '') AS unit_code, coalesce(unit.name, '') AS unit_name,
       dossier.id AS dossier_id, dossier.code AS dossier_code, dossier.message_id,
       coalesce(card.code, '') AS card_code,
       coalesce(card.insurance_number, dossier.insurance_number, '') AS insurance_number,
       coalesce(card.full_name, dossier.child_name) AS full_name,
       coalesce(card.born_on, dossier.child_born_on) AS birth_date,
       CASE WHEN request.requested_at <= %(at)s THEN request.requested_at END AS requested_at,
       CASE WHEN request.requested_at <= %(at)s THEN request.requested_by ELSE '' END AS requested_by,
       CASE WHEN request.requested_at <= %(at)s AND request.replaces_id IS NOT NULL THEN coalesce((
           SELECT string_agg(paper, '; ' ORDER BY place)
           FROM jsonb_array_elements_text(coalesce(convert_from(request.body, 'UTF8')::jsonb -> 'evidence', '[]'))
               WITH ORDINALITY AS shown (paper, place)), '') ELSE '' END AS evidence,
       coalesce(request.requested_at <= %(at)s AND request.replaces_id IS NOT NULL, false) AS is_further,
       CASE WHEN approval.at <= %(at)s THEN approval.at END AS approved_at,
       CASE WHEN approval.at <= %(at)s THEN approval.approved_by ELSE '' END AS approved_by,
       printed.at AS printed_at, coalesce(printed.by, '') AS printed_by,
       CASE WHEN handed.at <= %(at)s THEN handed.at END AS returned_at,
       CASE WHEN handed.at <= %(at)s THEN handed.by ELSE '' END AS returned_by,
       lower(finding.old_valid) AS old_from, upper(finding.old_valid) - 1 AS old_to,
       lower(finding.new_valid) AS new_from, upper(finding.new_valid) - 1 AS new_to,
       finding.detail, finding.found_at, finding.due_at,
       CASE WHEN finding.ended_at <= %(at)s THEN finding.ended_at END AS ended_at,
       CASE WHEN finding.ended_at <= %(at)s AND finding.delay_minutes IS NOT NULL THEN finding.delay_minutes
            ELSE cards_worked_minutes(finding.due_at, %(at)s) END AS delay_minutes,
       coalesce(last_step.to_state, 'open') AS state,
       coalesce(answer.reason, '') AS reason, coalesce(answer.text, '') AS answer,
       coalesce(answer.by, '') AS answered_by, answer.at AS answered_at,
       CASE WHEN last_step.to_state = 'returned' THEN last_step.text ELSE '' END AS note,
       CASE WHEN last_step.to_state = 'confirmed' THEN last_step.by ELSE '' END AS confirmed_by,
       CASE WHEN last_step.to_state = 'confirmed' THEN last_step.at END AS confirmed_at
FROM cards_finding AS finding
JOIN dossiers_dossier AS dossier ON dossier.id = finding.dossier_id
LEFT JOIN catalogues_unit AS unit ON unit.id = finding.unit_id
LEFT JOIN cards_card AS card ON card.id = finding.card_id
LEFT JOIN cards_request AS request ON request.id = card.request_id
LEFT JOIN cards_approval AS approval ON approval.request_id = card.request_id
LEFT JOIN LATERAL (
    SELECT run.at, run.by FROM cards_copy AS copy JOIN cards_printrun AS run ON run.id = copy.run_id
    WHERE copy.card_id = card.id AND run.at <= %(at)s ORDER BY run.at LIMIT 1) AS printed ON true
LEFT JOIN cards_handover AS handed ON handed.card_id = card.id
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.level = 'province' AND division.code = finding.province_code
    ORDER BY lower(division.valid) DESC LIMIT 1) AS province ON true
LEFT JOIN LATERAL (
    SELECT to_state, by, at, text FROM cards_findingstep AS step
    WHERE step.finding_id = finding.id AND step.at <= %(at)s ORDER BY step.id DESC LIMIT 1) AS last_step ON true
LEFT JOIN LATERAL (
    SELECT reason, text, by, at FROM cards_findingstep AS step
    WHERE step.finding_id = finding.id AND step.at <= %(at)s AND step.to_state = 'answered'
    ORDER BY step.id DESC LIMIT 1) AS answer ON true
WHERE finding.id > %(after)s AND finding.found_at <= %(at)s
  AND (%(finding_id)s = 0 OR finding.id = %(finding_id)s)
  AND (%(rule)s = '' OR finding.rule = %(rule)s)
  AND (%(state)s = '' OR finding.state = %(state)s OR %(state)s = 'waiting' AND finding.state IN ('open', 'returned'))
  AND (%(unit_code)s = '' OR unit.code = %(unit_code)s)
  AND (%(province_code)s = '' OR finding.province_code = %(province_code)s)
  AND (%(found_from)s::timestamptz IS NULL OR finding.found_at >= %(found_from)s)
  AND (%(found_until)s::timestamptz IS NULL OR finding.found_at < %(found_until)s)
ORDER BY finding.id
LIMIT %(limit)s
