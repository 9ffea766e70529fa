-- Correction: one task about a registration that changed after the card was out, with both sides of it.
-- Reads: dossiers_task, dossiers_dossier, births_registration, births_birth, births_message, births_paper, persons_person, cards_card,
--        cards_request, births_decision. Writes: none.
-- Grain: one task. Repeatable: yes. Refuses nothing: row-level security decides what is there.
-- Of a child with several cards the last one stands for them: a registration that changed asks about all of them. Its days are
-- those of the whole line.
SELECT task.id AS task_id, task.kind, task.detail -> 'changed' AS changed_names, task.opened_at, task.closed_at, task.closed_by, dossier.id AS dossier_id,
       dossier.code AS dossier_code, dossier.message_id AS first_message_id, dossier.state, dossier.insurance_number,
       registration.id AS registration_id,
       (registration.applied_version, registration.applied_paper_no)
           > (coalesce(registration.cancelled_version, 0), registration.cancelled_paper_no) AS is_live,
       birth.id AS birth_id, birth.version, birth.paper_no, birth.facts, birth.entitled, birth.entitlement_code,
       told.message_id AS told_message_id, told.source, told.received_at AS told_at,
       cancel.message_id AS cancel_message_id, cancel.received_at AS cancelled_at,
       person.id AS person_id, person.full_name, person.born_on, person.sex, coalesce(person.personal_id, '') AS personal_id,
       person.residence_text, person.mother_name, person.mother_born, person.mother_personal_id, person.father_name, person.father_born,
       person.father_personal_id, card.id AS card_id, card.code AS card_code, card.status AS card_status,
       card.full_name AS card_name, card.born_on AS card_born_on, card.sex AS card_sex, card.guardian_name, card.address,
       card.area_code, coalesce(line.first_day, lower(card.valid)) AS valid_from,
       coalesce(line.last_day, upper(card.valid) - 1) AS valid_to, coalesce(line.card_count, 0) AS card_count,
       card.five_year_on, card.ended_at,
       card.end_reason, waiting.id AS waiting_id, decision.id AS decision_id, decision.kind AS decision_kind,
       decision.reason AS decision_reason, decision.note AS decision_note, decision.asked_person, decision.asked_by,
       decision.asked_at, decision.confirmed_by, decision.confirmed_at, decision.further_id,
       decided.facts_sha256 = birth.facts_sha256 AS is_decision_current
FROM dossiers_task AS task
JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
JOIN births_registration AS registration ON registration.dossier_id = dossier.id
JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
   AND birth.paper_no = registration.applied_paper_no
JOIN births_message AS told ON told.id = birth.message_id
JOIN persons_person AS person ON person.id = dossier.person_id
LEFT JOIN LATERAL (
    SELECT message.message_id, message.received_at FROM births_message AS message
    LEFT JOIN births_paper AS paper ON paper.message_id = message.id
    WHERE message.registration_id = registration.id AND message.kind = 'cancel' AND message.state = 'applied'
      AND (message.version, coalesce(paper.paper_no, 0))
          = (registration.cancelled_version, registration.cancelled_paper_no)
    ORDER BY message.id LIMIT 1) AS cancel ON (registration.applied_version, registration.applied_paper_no)
        <= (registration.cancelled_version, registration.cancelled_paper_no)
LEFT JOIN LATERAL (
    SELECT * FROM cards_card AS latest
    WHERE latest.person_id = person.id AND latest.status <> 'requested' AND latest.approval_id IS NOT NULL
    ORDER BY (task.kind = 'T-CARD-REVOKED' AND latest.id = (task.detail ->> 'card')::bigint) DESC,
             (latest.status = 'active') DESC, lower(latest.valid) DESC, latest.id DESC
    LIMIT 1) AS card ON true
LEFT JOIN LATERAL (
    SELECT min(lower(each.valid)) AS first_day, max(upper(each.valid)) - 1 AS last_day, count(*) AS card_count
    FROM cards_card AS each
    WHERE each.person_id = person.id AND each.status = 'active' AND card.status = 'active') AS line ON true
LEFT JOIN LATERAL (
    SELECT asked.id FROM cards_card AS asked
    WHERE asked.person_id = person.id AND asked.status = 'requested' AND asked.replaces_id IS NOT NULL
    ORDER BY asked.id LIMIT 1) AS waiting ON true
LEFT JOIN births_decision AS decision ON decision.task_id = task.id AND decision.dropped_at IS NULL
LEFT JOIN births_birth AS decided ON decided.id = decision.birth_id
WHERE task.id = %(task)s
