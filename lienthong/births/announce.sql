-- What the events of a range have to tell: cards approved, exchanged, revoked; dossiers whose card is printed.
-- Reads: cards_event, dossiers_event, cards_card, dossiers_dossier, persons_person, births_registration, births_birth,
-- catalogues_unit. Writes: nothing. Grain: one event. Repeatable. Refuses: events whose card or dossier has no person.
-- Each stream names its events; a range is read by the primary key.
WITH moved AS (
    SELECT event.id, event.at, event.reason, card.dossier_id, card.id AS card_id,
           CASE event.to_state WHEN 'active' THEN 'CARD_APPROVED' WHEN 'superseded' THEN 'CARD_EXCHANGED'
                               WHEN 'revoked' THEN 'CARD_REVOKED' END AS kind
    FROM cards_event AS event JOIN cards_card AS card ON card.id = event.card_id
    WHERE %(stream)s = 'card' AND event.id > %(after)s AND event.id <= %(to)s
      AND event.to_state IN ('active', 'superseded', 'revoked')
    UNION ALL
    SELECT event.id, event.at, event.reason, event.dossier_id, (
               SELECT max(card.id) FROM cards_card AS card
               WHERE card.dossier_id = event.dossier_id AND card.status = 'active'), 'CARD_READY'
    FROM dossiers_event AS event
    WHERE %(stream)s = 'dossier' AND event.id > %(after)s AND event.id <= %(to)s AND event.to_state = 'PRINTED'
)
SELECT moved.id, moved.kind, moved.at, moved.reason, moved.card_id, card.code AS card_code, lower(card.valid) AS valid_from,
       upper(card.valid) - 1 AS valid_to, card.full_name AS child, person.id AS person_id, dossier.code AS dossier_code,
       dossier.id AS dossier_id, card.area, unit.name AS unit_name, unit.code AS unit_code, unit.province_code,
       coalesce(birth.facts ->> 'requester_phone', '') AS phone, coalesce(birth.facts ->> 'requester_name', '') AS requester
FROM moved
JOIN cards_card AS card ON card.id = moved.card_id
JOIN dossiers_dossier AS dossier ON dossier.id = moved.dossier_id
JOIN persons_person AS person ON person.id = card.person_id
JOIN catalogues_unit AS unit ON unit.id = card.unit_id
LEFT JOIN births_registration AS registration ON registration.dossier_id = dossier.id
LEFT JOIN births_birth AS birth
  ON birth.registration_id = registration.id AND birth.version = registration.applied_version
 AND birth.paper_no = registration.applied_paper_no
WHERE moved.at > %(since)s OR moved.kind IN ('CARD_EXCHANGED', 'CARD_REVOKED')
ORDER BY moved.id
