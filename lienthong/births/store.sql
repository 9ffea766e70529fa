-- Store: the births of a batch whose register entry nobody has seen before, each with its dossier.
-- Reads: births_staging (this session's batch). Writes: births_registration, births_birth, dossiers_dossier,
--        births_message, database_outbox; events by trigger. Grain: one message. Repeatable: an entry that is there
--        already is left alone and comes back to the caller, who settles it. Refuses nothing.
WITH numbered AS MATERIALIZED (
    SELECT staged.*, nextval(pg_get_serial_sequence('dossiers_dossier', 'id')) AS dossier_id
    FROM births_staging AS staged
),
new_registrations AS (
    INSERT INTO births_registration (commune_code, book, number, year, applied_version, dossier_id)
    SELECT register_commune, book, number, year, version, dossier_id
    FROM numbered
    ORDER BY register_commune, book, number, year
    ON CONFLICT DO NOTHING
    RETURNING id, dossier_id
),
fresh AS (
    SELECT numbered.*, new_registrations.id AS registration_id
    FROM numbered JOIN new_registrations USING (dossier_id)
),
new_dossiers AS (
    INSERT INTO dossiers_dossier (
        id, code, source, message_id, channel, state, reason, area, unit_rule, commune_code, district_code,
        registered_on, resolved_commune_code, province_code, received_at, due_on, child_name, child_fold_key,
        child_born_on, child_sex, residence_text, facility_code, area_code, urgent, changed_at)
    SELECT dossier_id,
           'TE-' || to_char(received_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYMMDD') || '-'
               || lpad(dossier_id::text, 7, '0'),
           source, message_id, 'electronic', 'RECEIVED', '', 0, '', commune_code, '', registered_on, '', '',
           received_at, due_on, child_name, child_fold_key, child_born_on, child_sex, residence_text, facility_code,
           area_code, urgent,
           %(at)s
    FROM fresh
    ORDER BY dossier_id
),
new_births AS (
    INSERT INTO births_birth (registration_id, version, message_id, facts_sha256, entitled, entitlement_code, facts)
    SELECT registration_id, version, message_ref, facts_sha256, true, '', facts
    FROM fresh
),
answers AS (
    INSERT INTO database_outbox (kind, key, version, payload)
    SELECT 'justice.answer', message_ref::text, 1,
           jsonb_build_object('message_id', message_id, 'source', source, 'outcome', 'accepted',
                              'code', '', 'field', '')
    FROM fresh
)
UPDATE births_message AS message
SET state = 'applied', warnings = fresh.warnings, kind = fresh.kind, version = fresh.version,
    commune_code = fresh.register_commune, registration_id = fresh.registration_id, judged_at = %(at)s, code = '',
    field = '', held_for = ''
FROM fresh
WHERE message.id = fresh.message_ref
RETURNING message.id
