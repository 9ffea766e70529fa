-- Request: compose the card the law gives this child and ask for its approval.
-- Reads: dossiers_dossier (ARISEN), persons_person, catalogues_unit, catalogues_facility, catalogues_route,
--        database_law_validity. Writes: cards_request, cards_card, dossiers_task, dossiers_dossier.
-- Grain: one dossier, one live request. Repeatable: a requested dossier has left the state.
-- Refuses nothing: a facility that is missing or not contracted gives way to the commune's own, with a task.
WITH claimed AS (
    SELECT id FROM dossiers_dossier
    WHERE state = 'ARISEN'
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
composed AS MATERIALIZED (
    SELECT dossier.id AS dossier_id, dossier.person_id, dossier.unit_id, dossier.area, dossier.insurance_number,
           dossier.facility_code AS wished_facility, dossier.area_code,
           coalesce(wished.code, home.default_facility_code, '') AS facility_code,
           wished.code IS NULL AND dossier.facility_code <> '' AS facility_missing,
           %(group)s || %(level)s || unit.province_code || dossier.insurance_number AS code,
           unit.province_code, dossier.resolved_commune_code AS commune_code,
           person.full_name, person.born_on, person.sex, person.guardian_name, person.entitled,
           person.residence_text AS address, validity.five_year_on,
           nextval(pg_get_serial_sequence('cards_request', 'id')) AS request_id,
           1 + (SELECT count(*) FROM cards_card AS earlier
                WHERE earlier.person_id = dossier.person_id AND earlier.status <> 'cancelled') AS version
    FROM claimed
    JOIN dossiers_dossier AS dossier ON dossier.id = claimed.id
    JOIN persons_person AS person ON person.id = dossier.person_id
    JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    JOIN database_law_validity AS validity ON validity.birth_date = person.born_on
    LEFT JOIN catalogues_facility AS wished
        ON wished.code = dossier.facility_code AND wished.registers_children AND wished.contract @> %(on)s::date
    LEFT JOIN catalogues_route AS home
        ON home.commune_code = dossier.resolved_commune_code AND home.registered @> %(on)s::date
),
requests AS (
    INSERT INTO cards_request (id, kind, dossier_id, person_id, unit_id, area, body, requester_person, requested_by,
                               requested_at)
    SELECT request_id, 'first', dossier_id, person_id, unit_id, area,
           convert_to(jsonb_build_object(
               'address', address, 'area_code', area_code, 'born_on', born_on, 'code', code,
               'facility_code', facility_code, 'five_year_on', five_year_on, 'full_name', full_name, 'sex', sex,
               'valid_from', lower(entitled), 'valid_to', upper(entitled) - 1, 'version', version)::text, 'UTF8'),
           %(requester)s, %(requested_by)s, %(at)s
    FROM composed
),
new_cards AS (
    INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status, insurance_number,
                            beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
                            area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,
                            end_reason, print_count)
    SELECT code, person_id, dossier_id, unit_id, area, request_id, 'requested', insurance_number, %(group)s,
           %(level)s::smallint, province_code, entitled, five_year_on, facility_code, area_code, commune_code,
           full_name, born_on, sex, address, guardian_name, version, '', 0
    FROM composed
),
tasks AS (
    INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, person_id, detail, opened_at, closed_by)
    SELECT 'H-FACILITY', 'facility:' || wished_facility || ':dossier:' || dossier_id, area, dossier_id, person_id,
           jsonb_build_object('facility_code', wished_facility, 'used_instead', facility_code), %(at)s, ''
    FROM composed
    WHERE facility_missing
    -- Composed anew after a correction: what the system had settled is open again, what an officer closed stays closed.
    ON CONFLICT (kind, subject_key) DO UPDATE
    SET closed_at = NULL, closed_by = '', opened_at = excluded.opened_at, area = excluded.area, detail = excluded.detail
    WHERE dossiers_task.closed_by = 'system'
)
UPDATE dossiers_dossier AS dossier
SET state = 'APPROVAL_REQUESTED', changed_at = %(at)s
FROM composed
WHERE dossier.id = composed.dossier_id
RETURNING dossier.state
