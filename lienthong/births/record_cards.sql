-- Record: every card of these dossiers, from its request to the family's hands, with each printed copy.
-- Reads: cards_card, cards_request, cards_approval, cards_copy, cards_printrun, cards_handover, catalogues_unit,
--        catalogues_facility. Writes: nothing. Grain: one card, in the order of the requests.
SELECT card.id, card.dossier_id, card.replaces_id, card.code, card.status, card.version, lower(card.valid) AS valid_from,
       upper(card.valid) - 1 AS valid_to, card.five_year_on, card.benefit_level, card.facility_code,
       coalesce(facility.name, '') AS facility_name, card.area_code, card.full_name, card.born_on, card.sex, card.address,
       card.guardian_name, card.insurance_number, card.end_reason, card.ended_at, unit.code AS unit_code, unit.name AS unit_name,
       request.kind AS request_kind, request.ground AS request_ground, request.requested_by, request.requested_at, request.withdrawn_at,
       ARRAY(SELECT jsonb_array_elements_text(coalesce(convert_from(request.body, 'UTF8')::jsonb -> 'evidence', '[]')))
           AS request_evidence,
       coalesce(convert_from(request.body, 'UTF8')::jsonb ->> 'note', '') AS request_note,
       encode(request.body_sha256, 'hex') AS request_sha256, coalesce(approval.approved_by, '') AS approved_by,
       approval.at AS approved_at,
       coalesce((
           SELECT jsonb_agg(jsonb_build_object(
                      'run_id', run.id, 'run_number', run.number, 'copy_number', copy.copy_number, 'reason', copy.reason,
                      'at', run.at, 'by', run.by, 'spoilt_at', copy.spoilt_at, 'spoilt_by', copy.spoilt_by,
                      'spoilt_reason', copy.spoilt_reason) ORDER BY copy.copy_number)
           FROM cards_copy AS copy JOIN cards_printrun AS run ON run.id = copy.run_id
           WHERE copy.card_id = card.id), '[]')::text AS copies,
       handed.at AS handed_at, coalesce(handed.by, '') AS handed_by, coalesce(handed.recipient, '') AS recipient,
       coalesce(handed.relation, '') AS relation
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
LEFT JOIN cards_approval AS approval ON approval.request_id = card.request_id
LEFT JOIN cards_handover AS handed ON handed.card_id = card.id
LEFT JOIN catalogues_unit AS unit ON unit.id = card.unit_id
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_facility WHERE code = card.facility_code ORDER BY id DESC LIMIT 1) AS facility ON true
WHERE card.dossier_id = ANY (%(dossiers)s)
ORDER BY card.id
