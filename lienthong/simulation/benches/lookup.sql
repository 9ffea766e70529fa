-- Children with a card each, for the look-up timings: written straight into the tables of a bench database.
-- Reads catalogues_workplace, catalogues_facility, bench_name. Writes persons_person, persons_number, cards_card.
-- Grain: one child a number of generate_series(first, last). Repeatable: no. One in thirty has an older card as well.

-- part: places
CREATE UNLOGGED TABLE bench_place AS
SELECT row_number() OVER (ORDER BY commune_code) - 1 AS place, unit_id, commune_code, province_code,
       coalesce((SELECT min(code) FROM catalogues_facility AS near WHERE near.commune_code = work.commune_code), '') AS facility
FROM (SELECT DISTINCT ON (commune_code) commune_code, unit_id, province_code FROM catalogues_workplace
      WHERE upper_inf(valid) AND commune_code <> '' ORDER BY commune_code, unit_id) AS work

-- part: children
CREATE UNLOGGED TABLE bench_child AS
SELECT n, name.full_name, name.tone_key, name.fold_key, place.*,
       CASE WHEN n %% 2 = 0 THEN 'male' ELSE 'female' END AS sex,
       %(on)s::date - 10 - (n::bigint * 48611 %% 1999)::int AS born_on
FROM generate_series(%(first)s::int, %(last)s::int) AS n
JOIN bench_name AS name ON name.serial = (n::bigint * 48271) %% (SELECT count(*) FROM bench_name)
JOIN bench_place AS place ON place.place = (n::bigint * 7919) %% (SELECT count(*) FROM bench_place)

-- part: persons
INSERT INTO persons_person (id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id, personal_id_status,
    birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
    father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
SELECT n, full_name, tone_key, fold_key, born_on, sex, 'VN', CASE WHEN n %% 20 = 0 THEN NULL ELSE (800000000000 + n)::text END,
       '', 'K' || n, 'TRẦN THỊ ' || n, '1996', '', '', '', '', '', 'TRẦN THỊ ' || n, commune_code,
       'Số ' || n %% 240 || ' đường Nguyễn Trãi', daterange(born_on, born_on + 2210), born_on + interval '9 days'
FROM bench_child ORDER BY bench_child.n

-- part: numbers
INSERT INTO persons_number (number, person_id, status, origin, taken_at)
SELECT (2600000000 + n)::text, n, 'active', 'allotted', born_on + interval '9 days' FROM bench_child ORDER BY bench_child.n

-- part: cards
INSERT INTO cards_card (id, code, person_id, dossier_id, unit_id, area, request_id, approval_id, status, insurance_number,
    beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code, area_code, commune_code, full_name,
    born_on, sex, address, guardian_name, version, approved_at, ended_at, end_reason, print_count)
SELECT n * 2 + is_newer, 'TE1' || province_code || (2600000000 + n), n, n * 2 + is_newer, unit_id, unit_id, n * 2 + is_newer,
       n * 2 + is_newer, CASE WHEN is_newer = 1 THEN 'active' ELSE 'superseded' END, (2600000000 + n)::text, 'TE', 1,
       province_code, daterange(born_on + is_newer * 3, born_on + CASE WHEN is_newer = 1 THEN 2210 ELSE 3 END),
       born_on + 1826, facility, '', commune_code, full_name, born_on, sex, 'Số ' || n %% 240 || ' đường Nguyễn Trãi',
       'TRẦN THỊ ' || n, 1 + is_newer, born_on + interval '9 days',
       CASE WHEN is_newer = 0 THEN born_on + interval '11 days' END, '', 1
FROM bench_child CROSS JOIN generate_series(0, 1) AS is_newer
WHERE is_newer = 1 OR n %% 30 = 0 ORDER BY bench_child.n, is_newer

-- part: end
DROP TABLE bench_child
