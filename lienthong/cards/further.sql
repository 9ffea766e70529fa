-- Further: cards that were asked for in place of another one and wait for approval, with both of them.
-- Reads: cards_card, cards_request, dossiers_dossier, persons_person. Writes: none.
-- Grain: one further card. Repeatable: yes. Refuses nothing: row-level security decides what is there.
-- Of a line asked for together the first card alone says what the child is entitled to; a line ends all its cards at once.
SELECT card.id, card.person_id, old.id AS old_id, card.code, card.insurance_number,
       old.insurance_number AS old_number, request.kind, request.ground,
       signed.body ->> 'rule' AS rule, coalesce(signed.body ->> 'note', '') AS note,
       ARRAY(SELECT jsonb_array_elements_text(coalesce(signed.body -> 'evidence', '[]'))) AS evidence,
       CASE WHEN signed.body ->> 'rule' IN ('002-3', '002-4') THEN '{}'
            ELSE ARRAY(SELECT old.id UNION SELECT ended::bigint
                       FROM jsonb_array_elements_text(coalesce(signed.body -> 'closes', '[]')) AS ended) END AS ended,
       coalesce(signed.body -> 'line', jsonb_build_array(jsonb_build_array(lower(card.valid), upper(card.valid) - 1)))::text
           AS line,
       coalesce((first.body ->> 'entitled_from')::date, lower(person.entitled)) AS entitled_from,
       coalesce((first.body ->> 'entitled_end')::date, upper(person.entitled)) AS entitled_end,
       request.requested_by, request.requested_at, dossier.id AS dossier_id, dossier.code AS dossier_code,
       dossier.message_id, dossier.due_on, dossier.due_on < %(on)s AS is_late,
       old.full_name AS old_full_name, old.born_on AS old_born_on, old.sex AS old_sex, lower(old.valid) AS old_valid_from,
       upper(old.valid) - 1 AS old_valid_to, old.five_year_on AS old_five_year_on, old.facility_code AS old_facility_code,
       old.address AS old_address, old.guardian_name AS old_guardian_name, old.area_code AS old_area_code,
       old.version AS old_version, card.full_name, card.born_on, card.sex, lower(card.valid) AS valid_from,
       upper(card.valid) - 1 AS valid_to, card.five_year_on, card.facility_code, card.address, card.guardian_name,
       card.area_code, card.version
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
JOIN cards_card AS old ON old.id = request.replaces_id
JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
JOIN persons_person AS person ON person.id = card.person_id
CROSS JOIN LATERAL (SELECT convert_from(request.body, 'UTF8')::jsonb AS body) AS signed
LEFT JOIN LATERAL (
    SELECT convert_from(told.body, 'UTF8')::jsonb AS body
    FROM cards_card AS sibling JOIN cards_request AS told ON told.id = sibling.request_id
    WHERE sibling.dossier_id = card.dossier_id AND sibling.status = 'requested'
    ORDER BY sibling.id LIMIT 1) AS first ON true
WHERE card.status = 'requested' AND card.id > %(after)s AND (%(ids)s::bigint[] IS NULL OR card.id = ANY (%(ids)s))
ORDER BY card.id LIMIT %(limit)s
