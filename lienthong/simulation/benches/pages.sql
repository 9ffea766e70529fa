-- Children at every stage of the way, for the page timings: written straight into the tables of a bench database.
-- Reads catalogues_unit, catalogues_workplace, catalogues_facility, bench_name. Writes what the steps would have written.
-- Grain: one child a number of generate_series. Statements are divided by blank lines and a `-- part:` line.

-- part: places
CREATE TEMPORARY TABLE bench_place AS
SELECT row_number() OVER (ORDER BY commune_code) - 1 AS place, unit_id, commune_code, province_code,
       coalesce((SELECT min(code) FROM catalogues_facility AS near WHERE near.commune_code = work.commune_code), '') AS facility
FROM (SELECT DISTINCT ON (commune_code) commune_code, unit_id, province_code FROM catalogues_workplace
      WHERE upper_inf(valid) AND commune_code <> '' ORDER BY commune_code, unit_id) AS work

-- part: children
CREATE UNLOGGED TABLE bench_child AS
SELECT n, name.full_name, name.tone_key, name.fold_key, place.*,
       CASE WHEN n %% 2 = 0 THEN 'male' ELSE 'female' END AS sex,
       (%(at)s::date - 10 - (n::bigint * 1999 / %(count)s)::int) AS born_on,
       %(at)s::timestamptz - (%(count)s - n) * (interval '1900 days' / %(count)s) AS received_at,
       -- The oldest are done; of the last days each stage has its share, and one in two hundred of those waits.
       CASE WHEN n <= %(count)s * 0.97 THEN 'RETURNED'
            WHEN n %% 200 = 0 THEN 'CREATE_FAILED'
            WHEN n <= %(count)s * 0.98 THEN 'PRINTED'
            WHEN n <= %(count)s * 0.99 THEN 'APPROVED'
            ELSE 'APPROVAL_REQUESTED' END AS state
FROM generate_series(1, %(count)s::int) AS n
JOIN bench_name AS name ON name.serial = (n::bigint * 48271) %% (SELECT count(*) FROM bench_name)
JOIN bench_place AS place ON place.place = (n::bigint * 7919) %% (SELECT count(*) FROM bench_place)

-- part: persons
INSERT INTO persons_person (id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
    birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
    father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
SELECT n, full_name, tone_key, fold_key, born_on, sex, 'VN', CASE WHEN n %% 20 = 0 THEN NULL ELSE (800000000000 + n)::text END,
       CASE WHEN n %% 20 = 0 THEN 'PID_VERIFY_REQUIRED' ELSE '' END, 'K' || n, 'TRẦN THỊ ' || n, '1996', '', '', '', '', '',
       'TRẦN THỊ ' || n, commune_code, 'Số ' || n %% 240, daterange(born_on, born_on + 2210), received_at
FROM bench_child ORDER BY bench_child.n

-- part: numbers
INSERT INTO persons_number (number, person_id, status, origin, taken_at)
SELECT (2600000001 + n)::text, n, 'active', 'allotted', received_at FROM bench_child ORDER BY bench_child.n

-- part: questions
INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, made_at, closed_at)
SELECT n, CASE WHEN n %% 400 = 0 THEN 'waiting' ELSE 'answered' END, 3, received_at + interval '1 hour',
       'PID_VERIFY_REQUIRED', 'http 200', received_at, CASE WHEN n %% 400 = 0 THEN NULL ELSE received_at END
FROM bench_child WHERE n %% 20 = 0 ORDER BY bench_child.n

-- part: dossiers
INSERT INTO dossiers_dossier (id, code, source, message_id, channel, state, reason, area, unit_id, unit_rule, commune_code,
    district_code, registered_on, resolved_commune_code, province_code, received_at, due_on, closed_on, child_name,
    child_fold_key, child_born_on, child_sex, facility_code, area_code, urgent, person_id, insurance_number, changed_at)
SELECT n, 'HS-2026-' || lpad(n::text, 9, '0'), 'BTP', 'LTKS-2026-' || lpad(n::text, 9, '0'), 'electronic', state,
       CASE state WHEN 'CREATE_FAILED' THEN 'UNIT_NOT_DECLARED' ELSE '' END,
       CASE state WHEN 'CREATE_FAILED' THEN -province_code::int ELSE unit_id END,
       CASE state WHEN 'CREATE_FAILED' THEN NULL ELSE unit_id END, '000-0', commune_code, '', received_at::date - 1,
       commune_code, province_code, received_at, received_at::date + 5,
       CASE state WHEN 'RETURNED' THEN received_at::date + 4 END, full_name, fold_key, born_on, sex, facility, '', false,
       CASE state WHEN 'CREATE_FAILED' THEN NULL ELSE n END, CASE state WHEN 'CREATE_FAILED' THEN NULL ELSE (2600000001 + n)::text END,
       received_at
FROM bench_child ORDER BY bench_child.n

-- part: events
INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)
SELECT n, 'dossier', n, received_at + step * interval '1 minute', way[step], way[step + 1],
       CASE WHEN step > 6 THEN 'officer:may-duyet' ELSE 'system' END, ''
FROM bench_child
CROSS JOIN (SELECT ARRAY['', 'RECEIVED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'ARISEN', 'APPROVAL_REQUESTED', 'APPROVED',
                         'PRINTED', 'RETURNED'] AS way) AS told
CROSS JOIN generate_series(1, 9) AS step
WHERE step < coalesce(array_position(way, state), 2)
ORDER BY bench_child.n, step

-- part: registrations
INSERT INTO births_registration (id, commune_code, book, number, year, dossier_id, applied_version, cancelled_version)
SELECT n, commune_code, '01', n::text, extract(year FROM received_at), n, 1, 0 FROM bench_child ORDER BY bench_child.n

-- part: messages
INSERT INTO births_message (source, message_id, body, received_at, channel, key_id, state, code, field, warnings, kind,
    version, commune_code, registration_id, held_for, attempts)
SELECT 'BTP', 'LTKS-2026-' || lpad(n::text, 9, '0'), '{}', received_at, 'http', 'k', 'applied', '', '', '{}', 'create', 1,
       commune_code, n, '', 1
FROM bench_child ORDER BY bench_child.n

-- part: entries
INSERT INTO collection_entry (dossier_id, person_id, unit_id, area, beneficiary_group, first_month, covers, arisen_at, void_reason)
SELECT n, n, unit_id, unit_id, 'TE', date_trunc('month', received_at)::date, daterange(born_on, born_on + 2210),
       received_at + interval '5 minutes', ''
FROM bench_child WHERE state <> 'CREATE_FAILED' ORDER BY bench_child.n

-- part: requests
INSERT INTO cards_request (id, kind, dossier_id, person_id, unit_id, area, body, requester_person, requested_by, requested_at)
SELECT n, 'first', n, n, unit_id, unit_id, convert_to(jsonb_build_object('full_name', full_name)::text, 'UTF8'), 0,
       'system', received_at
FROM bench_child WHERE state <> 'CREATE_FAILED' ORDER BY bench_child.n

-- part: approvals
INSERT INTO cards_approval (request_id, body_sha256, requester_person, approver_person, approved_by, area, at)
SELECT request.id, request.body_sha256, 0, 1, 'officer:may-duyet', request.area, request.requested_at + interval '1 hour'
FROM cards_request AS request JOIN bench_child ON n = request.id
WHERE state <> 'APPROVAL_REQUESTED' ORDER BY bench_child.n

-- part: cards
INSERT INTO cards_card (id, code, person_id, dossier_id, unit_id, area, request_id, approval_id, status, insurance_number,
    beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code, area_code, commune_code, full_name,
    born_on, sex, address, guardian_name, version, approved_at, end_reason, print_count)
SELECT n, 'TE1' || province_code || (2600000001 + n), n, n, unit_id, unit_id, n,
       CASE state WHEN 'APPROVAL_REQUESTED' THEN NULL ELSE n END,
       CASE state WHEN 'APPROVAL_REQUESTED' THEN 'requested' ELSE 'active' END, (2600000001 + n)::text, 'TE', 1, province_code,
       daterange(born_on, born_on + 2210), born_on + 1826, facility, '', commune_code, full_name, born_on, sex,
       'Số ' || n %% 240, 'TRẦN THỊ ' || n, 1,
       CASE state WHEN 'APPROVAL_REQUESTED' THEN NULL ELSE received_at + interval '1 hour' END, '',
       CASE WHEN state IN ('PRINTED', 'RETURNED') AND n %% 2000 <> 7 THEN 1 ELSE 0 END
FROM bench_child WHERE state <> 'CREATE_FAILED' ORDER BY bench_child.n

-- part: paper
INSERT INTO cards_paperrequest (card_id, ground, asked_by, relation, at, by)
SELECT id, 'on request', guardian_name, 'Mẹ', approved_at, 'officer:may-duyet' FROM cards_card
WHERE status = 'active' AND id %% 20 = 7 ORDER BY id

-- part: waiting
INSERT INTO cards_paperwaiting (card_id)
SELECT id FROM cards_card WHERE status = 'active' AND id %% 20 = 7 AND print_count = 0 ORDER BY id

-- part: tasks
INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
SELECT 'PID_VERIFY_REQUIRED', 'question:' || question.id, unit_id, n, n, '{}', received_at, ''
FROM persons_identityrequest AS question JOIN bench_child ON n = question.person_id
WHERE question.state = 'waiting' AND bench_child.state <> 'CREATE_FAILED' ORDER BY bench_child.n

-- part: closed
INSERT INTO dossiers_closedcount (area, state, count)
SELECT area, state, count(*) FROM dossiers_dossier WHERE state = 'RETURNED' GROUP BY area, state

-- part: syllables
INSERT INTO dossiers_syllable (text)
SELECT DISTINCT syllable.text
FROM bench_name CROSS JOIN unnest(string_to_array(fold_key, ' ')) AS syllable (text)

-- part: end
DROP TABLE bench_child, bench_name, bench_place
