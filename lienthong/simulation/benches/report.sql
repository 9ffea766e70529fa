-- A national year of first dossiers with their ways, for the timing of the figures: written straight into the tables of a
-- bench database. Reads catalogues_unit, catalogues_workplace. Writes what the steps and officers would have written.
-- Grain: one child a number of generate_series. Statements are divided by blank lines and a `-- part:` line.

-- part: places
CREATE TEMPORARY TABLE bench_place AS
SELECT row_number() OVER (ORDER BY commune_code) - 1 AS place, unit_id, commune_code, province_code
FROM (SELECT DISTINCT ON (commune_code) commune_code, unit_id, province_code FROM catalogues_workplace
      WHERE upper_inf(valid) AND commune_code <> '' ORDER BY commune_code, unit_id) AS work

-- part: children
CREATE UNLOGGED TABLE bench_child AS
SELECT n, place.*, %(first)s::timestamptz + n * (interval '365 days' / %(count)s) AS received_at,
       -- Of a hundred: one waits for a declaration first, one starts again after a correction, one is cancelled, half a
       -- one is known; of the last ten days each step has its share.
       CASE WHEN n %% 200 = 7 THEN 'double' WHEN n %% 100 = 13 THEN 'cancelled' WHEN n %% 100 = 29 THEN 'again'
            WHEN n %% 100 = 31 THEN 'undeclared' ELSE 'plain' END AS way,
       CASE WHEN n <= %(count)s * 0.97 THEN 9 ELSE 5 + (n %% 5)::int END AS steps,
       -- Minutes for the approval, the print and the hand-over.
       5 + (hashint4(n) & 1023) AS to_approve, 5 + (hashint4(n + 1) & 511) AS to_print, 30 + (hashint4(n + 2) & 4095) AS to_return
FROM generate_series(1, %(count)s::int) AS n
JOIN bench_place AS place ON place.place = (n::bigint * 7919) %% (SELECT count(*) FROM bench_place)

-- part: ways
CREATE UNLOGGED TABLE bench_step AS
SELECT n, received_at, way, step.place AS step, to_state, reason,
       received_at + CASE step.place WHEN 7 THEN to_approve WHEN 8 THEN to_approve + to_print
           WHEN 9 THEN to_approve + to_print + to_return ELSE 0 END * interval '1 minute'
           + least(step.place, 6) * interval '3 seconds' AS at
FROM bench_child
JOIN (VALUES ('plain', 1, 'RECEIVED', ''), ('plain', 2, 'CREATED', ''), ('plain', 3, 'SENT_TNHS', ''),
             ('plain', 4, 'EXPORTED_TNHS', ''), ('plain', 5, 'ARISEN', ''), ('plain', 6, 'APPROVAL_REQUESTED', ''),
             ('plain', 7, 'APPROVED', ''), ('plain', 8, 'PRINTED', ''), ('plain', 9, 'RETURNED', ''),
             ('double', 1, 'RECEIVED', ''), ('double', 2, 'CREATED', ''), ('double', 3, 'SENT_TNHS', ''),
             ('double', 4, 'EXPORTED_TNHS', ''), ('double', 5, 'MANUAL_REVIEW', 'E-DUP-PERSON'),
             ('double', 8, 'REJECTED', 'DUPLICATE_CONFIRMED'),
             ('cancelled', 1, 'RECEIVED', ''), ('cancelled', 2, 'CREATED', ''), ('cancelled', 3, 'SENT_TNHS', ''),
             ('cancelled', 4, 'EXPORTED_TNHS', ''), ('cancelled', 5, 'ARISEN', ''),
             ('cancelled', 6, 'APPROVAL_REQUESTED', ''), ('cancelled', 9, 'CANCELLED', 'CANCELLED_BY_SENDER'),
             ('again', 1, 'RECEIVED', ''), ('again', 2, 'CREATED', ''), ('again', 3, 'SENT_TNHS', ''),
             ('again', 4, 'RECEIVED', 'CORRECTED'), ('again', 5, 'CREATED', ''), ('again', 6, 'SENT_TNHS', ''),
             ('again', 7, 'EXPORTED_TNHS', ''), ('again', 8, 'ARISEN', ''), ('again', 9, 'APPROVAL_REQUESTED', ''),
             ('undeclared', 1, 'RECEIVED', ''), ('undeclared', 2, 'CREATE_FAILED', 'UNIT_NOT_DECLARED'),
             ('undeclared', 7, 'CREATED', ''), ('undeclared', 8, 'SENT_TNHS', ''), ('undeclared', 9, 'EXPORTED_TNHS', ''))
     AS step (of_way, place, to_state, reason) ON of_way = way AND step.place <= greatest(steps, 1)

-- part: persons
INSERT INTO persons_person (id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
    birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
    father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
SELECT n, 'NGUYỄN AN', 'nguyen an', 'nguyen an', received_at::date - 5, 'male', 'VN',
       CASE WHEN n %% 20 = 0 THEN NULL ELSE (800000000000 + n)::text END, '', 'K' || n, '', '', '', '', '', '', '', '',
       commune_code, '', daterange(received_at::date - 5, received_at::date + 2200), received_at
FROM bench_child ORDER BY n

-- part: dossiers
INSERT INTO dossiers_dossier (id, code, source, message_id, channel, state, reason, area, unit_id, unit_rule, commune_code,
    district_code, registered_on, resolved_commune_code, province_code, received_at, due_on, closed_on, child_name,
    child_fold_key, child_born_on, child_sex, facility_code, area_code, urgent, person_id, changed_at)
SELECT child.n, 'HS-' || child.n, 'BTP', 'LTKS-' || child.n, 'electronic', last.to_state, last.reason, unit_id, unit_id,
       '000-0', commune_code, '', child.received_at::date - 1, commune_code, province_code, child.received_at,
       child.received_at::date + 3, CASE WHEN last.to_state IN ('RETURNED', 'REJECTED', 'CANCELLED') THEN last.at::date END,
       'NGUYỄN AN', 'nguyen an', child.received_at::date - 5, 'male', '', '', false, child.n, last.at
FROM bench_child AS child
JOIN (SELECT DISTINCT ON (n) n, to_state, reason, at FROM bench_step ORDER BY n, step DESC) AS last ON last.n = child.n
ORDER BY child.n

-- part: events
INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)
SELECT n, 'dossier', n, at, lag(to_state, 1, '') OVER (PARTITION BY n ORDER BY step), to_state,
       CASE WHEN step > 6 THEN 'officer:may-duyet' ELSE 'system' END, reason
FROM bench_step ORDER BY at, n, step

-- part: messages
INSERT INTO births_message (source, message_id, body, received_at, channel, key_id, state, code, field, warnings, kind,
    version, commune_code, held_for, attempts, judged_at)
SELECT 'BTP', 'LTKS-' || n, '{}', received_at, 'http', 'k', CASE WHEN n %% 400 = 3 THEN 'superseded' ELSE 'applied' END,
       CASE WHEN n %% 400 = 3 THEN 'W-SAME' ELSE '' END, '', '{}', 'create', 1, commune_code, '', 1,
       received_at + interval '2 seconds'
FROM bench_child ORDER BY n

-- part: end
DROP TABLE bench_child, bench_step, bench_place
