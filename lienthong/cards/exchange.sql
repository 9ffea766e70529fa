-- Exchange: the further card that an officer asked for, and the request to approve exactly these bytes.
-- Reads: cards_card (the one replaced), dossiers_dossier (which carries the request and says whose it is).
-- Writes: cards_request, cards_card.
-- Grain: one card replaced, one request that waits. Repeatable: no, a second one breaks a unique constraint.
-- Refuses: a card that is not active any more (no row comes back).
WITH replaced AS (
    SELECT * FROM cards_card WHERE id = %(replaces)s AND status = 'active'
),
composed AS MATERIALIZED (
    SELECT replaced.id AS replaces_id, replaced.person_id, carrier.unit_id, carrier.area,
           coalesce(%(number)s, replaced.insurance_number) AS insurance_number,
           replaced.beneficiary_group, replaced.benefit_level, replaced.province_code,
           left(replaced.code, 5) || coalesce(%(number)s, right(replaced.code, -5)) AS code,
           carrier.resolved_commune_code AS commune_code, carrier.id AS dossier_id,
           coalesce(%(facility_code)s, replaced.facility_code) AS facility_code,
           coalesce(%(area_code)s, replaced.area_code) AS area_code,
           coalesce(%(address)s, replaced.address) AS address,
           coalesce(%(guardian_name)s, replaced.guardian_name) AS guardian_name,
           coalesce(%(full_name)s, replaced.full_name) AS full_name,
           coalesce(%(born_on)s::date, replaced.born_on) AS born_on, coalesce(%(sex)s, replaced.sex) AS sex,
           daterange(%(valid_from)s::date, %(valid_end)s::date) AS valid, %(five_year_on)s::date AS five_year_on,
           nextval(pg_get_serial_sequence('cards_request', 'id')) AS request_id,
           1 + (SELECT count(*) FROM cards_card AS earlier
                WHERE earlier.person_id = replaced.person_id AND earlier.status <> 'cancelled') AS version
    FROM replaced JOIN dossiers_dossier AS carrier ON carrier.id = %(dossier)s
),
requests AS (
    INSERT INTO cards_request (id, kind, replaces_id, ground, dossier_id, person_id, unit_id, area, body,
                               requester_person, requested_by, requested_at)
    SELECT request_id, %(kind)s, replaces_id, %(ground)s, dossier_id, person_id, unit_id, area,
           convert_to((jsonb_build_object(
               'address', address, 'area_code', area_code, 'born_on', born_on, 'code', code,
               'facility_code', facility_code, 'five_year_on', five_year_on, 'full_name', full_name, 'sex', sex,
               'valid_from', lower(valid), 'valid_to', upper(valid) - 1, 'version', version,
               'guardian_name', guardian_name, 'replaces', replaces_id, 'kind', %(kind)s::text,
               'ground', %(ground)s::text, 'rule', %(rule)s::text, 'note', %(note)s::text)
               || %(signed)s::jsonb)::text, 'UTF8'),
           %(requester)s, %(requested_by)s, %(at)s
    FROM composed
)
INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status, insurance_number,
                        beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
                        area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,
                        end_reason, print_count, replaces_id)
SELECT code, person_id, dossier_id, unit_id, area, request_id, 'requested', insurance_number, beneficiary_group,
       benefit_level, province_code, valid, five_year_on, facility_code, area_code, commune_code, full_name, born_on,
       sex, address, guardian_name, version, '', 0, replaces_id
FROM composed
RETURNING id
