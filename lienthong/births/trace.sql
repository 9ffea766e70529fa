-- Trace: everything that stands about one message and the child behind it. Reads many tables, writes none.
-- Grain: one message (of several sources with one id, the newest). Row-level security decides what is there.
-- CASE and not coalesce in the join: PostgreSQL does not know that coalesce tells nothing of hidden rows, and would read
-- every dossier before it asks.
-- The messages of one id are few: they are found first, so that the newest is not looked for among all.
WITH message AS MATERIALIZED (
    SELECT id, source, message_id, state, code, field, warnings, received_at, held_for, registration_id
    FROM births_message WHERE message_id = %(message_id)s AND (%(source)s = '' OR source = %(source)s)
)
SELECT message.id AS message_ref, message.source, message.message_id, message.state AS message_state, message.code,
       message.field, message.warnings, message.received_at AS message_received_at, message.held_for,
       registration.commune_code AS office, registration.book, registration.number, registration.year,
       dossier.id AS dossier_id, dossier.code AS dossier_code, dossier.state, dossier.reason, dossier.received_at,
       dossier.due_on, dossier.closed_on, dossier.child_name, dossier.child_born_on, dossier.child_sex,
       dossier.unit_rule, dossier.commune_code AS written_commune_code, dossier.resolved_commune_code,
       coalesce(commune.name, '') AS commune_name, coalesce(province.name, '') AS province_name,
       unit.code AS unit_code, unit.name AS unit_name,
       dossier.person_id, dossier.insurance_number, person.personal_id, person.personal_id_status,
       coalesce(question.answer_class, '') AS question_class,
       question.state IN ('waiting', 'quarantined', 'kept') AND person.personal_id IS NULL AS is_question_open,
       card.id AS card_id, card.code AS card_code, card.status AS card_status, lower(card.valid) AS valid_from,
       upper(card.valid) - 1 AS valid_to, card.five_year_on, card.facility_code, card.area_code, card.print_count
FROM message
LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
LEFT JOIN dossiers_dossier AS dossier
    ON dossier.id = CASE WHEN registration.dossier_id IS NULL THEN registration.joined_dossier_id
                         ELSE registration.dossier_id END
LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
LEFT JOIN persons_person AS person ON person.id = dossier.person_id
LEFT JOIN persons_identityrequest AS question ON question.person_id = person.id
LEFT JOIN LATERAL (
    SELECT * FROM cards_card AS latest
    WHERE latest.person_id = dossier.person_id
      AND (latest.dossier_id = dossier.id
           OR EXISTS (SELECT 1 FROM dossiers_dossier AS further
                      WHERE further.id = latest.dossier_id AND further.kind = 'exchange'))
    ORDER BY (latest.status = 'active') DESC, latest.id DESC LIMIT 1) AS card ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = dossier.resolved_commune_code AND division.level = 'commune'
      AND division.valid @> %(on)s::date LIMIT 1) AS commune ON true
LEFT JOIN LATERAL (
    SELECT name FROM catalogues_division AS division
    WHERE division.code = dossier.province_code AND division.level = 'province'
      AND division.valid @> %(on)s::date LIMIT 1) AS province ON true
ORDER BY message.id DESC LIMIT 1
