-- Pure: the same rows over the same tables by set-based SQL alone, everything known beforehand.
-- What the enrolment is measured against: all constraints, foreign keys, indexes and event rows, no judging, no
-- batches, no states walked. Reads: bench_staged. Writes: every table of the way. Grain: one birth.
WITH numbered AS MATERIALIZED (
    SELECT staged.*, row_number() OVER () AS n,
           nextval(pg_get_serial_sequence('births_message', 'id')) AS message_ref,
           nextval(pg_get_serial_sequence('births_registration', 'id')) AS registration_id,
           nextval(pg_get_serial_sequence('dossiers_dossier', 'id')) AS dossier_id,
           nextval(pg_get_serial_sequence('persons_person', 'id')) AS person_id,
           nextval(pg_get_serial_sequence('cards_request', 'id')) AS request_id,
           lpad(nextval('persons_number_serial')::text, 10, '0') AS insurance_number,
           route.unit_id, route.province_code AS home_province, route.resolved_code, route.default_facility_code,
           law.first_day, law.end_day, law.five_year_on
    FROM bench_staged AS staged
    JOIN catalogues_route AS route
        ON route.commune_code = staged.commune_code AND route.registered @> staged.registered_on
    JOIN database_law_validity AS law ON law.birth_date = staged.child_born_on
    WHERE route.unit_status = 'one'
),
messages AS (
    INSERT INTO births_message (id, source, message_id, body, received_at, channel, key_id, state, code, field, warnings,
                                kind, version, commune_code, registration_id, held_for, attempts, judged_at)
    SELECT message_ref, 'BTP', message_id, body, %(at)s, 'file', '', 'applied', '', '', '{}', 'create', 1,
           register_commune, registration_id, '', 0, %(at)s FROM numbered
),
deliveries AS (
    INSERT INTO births_delivery (received_at, channel, peer, size, sha256, outcome, message_ref, code, field,
                                 correlation_id)
    SELECT %(at)s, 'file', '', octet_length(body), sha256(body), 'stored', message_ref, '', '', gen_random_uuid()
    FROM numbered
),
registrations AS (
    INSERT INTO births_registration (id, commune_code, book, number, year, applied_version, dossier_id)
    SELECT registration_id, register_commune, book, number, year, 1, dossier_id FROM numbered
),
births AS (
    INSERT INTO births_birth (registration_id, version, message_id, facts_sha256, entitled, entitlement_code, facts)
    SELECT registration_id, 1, message_ref, facts_sha256, true, '', facts FROM numbered
),
dossiers AS (
    INSERT INTO dossiers_dossier (
        id, code, source, message_id, channel, state, reason, area, unit_id, unit_rule, commune_code, district_code,
        registered_on, resolved_commune_code, province_code, received_at, due_on, child_name, child_fold_key,
        child_born_on, child_sex, facility_code, area_code, urgent, person_id, insurance_number, changed_at)
    SELECT dossier_id, 'TE-BENCH-' || dossier_id, 'BTP', message_id, 'electronic', 'RECEIVED', '', unit_id,
           unit_id, '000-0', commune_code, '', registered_on, resolved_code, home_province, %(at)s, due_on, child_name,
           child_fold_key, child_born_on, child_sex, facility_code, area_code, false, person_id, insurance_number, %(at)s
    FROM numbered
),
persons AS (
    INSERT INTO persons_person (
        id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
        birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name,
        father_born, father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    SELECT person_id, child_name, facts ->> 'tone_key', child_fold_key, child_born_on, child_sex, 'VN',
           nullif(facts ->> 'personal_id', ''), '', facts ->> 'birth_notice_code', facts ->> 'mother_name', '', '', '',
           facts ->> 'father_name', '', '', facts ->> 'mother_name', commune_code, '', daterange(first_day, end_day),
           %(at)s
    FROM numbered
),
numbers AS (
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    SELECT insurance_number, person_id, 'active', 'allotted', %(at)s FROM numbered
),
entries AS (
    INSERT INTO collection_entry (dossier_id, person_id, unit_id, area, beneficiary_group, first_month, covers,
                                  arisen_at, void_reason)
    SELECT dossier_id, person_id, unit_id, unit_id, 'TE', date_trunc('month', first_day)::date,
           daterange(first_day, end_day), %(at)s, '' FROM numbered
),
requests AS (
    INSERT INTO cards_request (id, kind, dossier_id, person_id, unit_id, area, body, requester_person, requested_by,
                               requested_at)
    SELECT request_id, 'first', dossier_id, person_id, unit_id, unit_id,
           convert_to(jsonb_build_object('code', insurance_number, 'full_name', child_name, 'born_on', child_born_on,
                                         'valid_from', first_day, 'valid_to', end_day - 1)::text, 'UTF8'),
           0, 'system', %(at)s FROM numbered
),
cards AS (
    INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status, insurance_number,
                            beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
                            area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,
                            end_reason, print_count)
    SELECT 'TE1' || home_province || insurance_number, person_id, dossier_id, unit_id, unit_id, request_id, 'requested',
           insurance_number, 'TE', 1, home_province, daterange(first_day, end_day), five_year_on,
           coalesce(default_facility_code, ''), '', resolved_code, child_name, child_born_on, child_sex, '', '', 1, '', 0
    FROM numbered
),
answers AS (
    INSERT INTO database_outbox (kind, key, version, payload)
    SELECT 'justice.answer', message_ref::text, 1, jsonb_build_object('message_id', message_id, 'outcome', 'accepted')
    FROM numbered
),
walked AS (
    SELECT numbered.dossier_id, way.from_state, way.to_state
    FROM numbered CROSS JOIN (VALUES
        (1, 'RECEIVED', 'CREATED'), (2, 'CREATED', 'SENT_TNHS'), (3, 'SENT_TNHS', 'EXPORTED_TNHS'),
        (4, 'EXPORTED_TNHS', 'ARISEN'), (5, 'ARISEN', 'APPROVAL_REQUESTED')) AS way (step, from_state, to_state)
    ORDER BY numbered.dossier_id, way.step
)
INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)
SELECT dossier_id, 'dossier', 0, %(at)s, from_state, to_state, 'system', '' FROM walked
