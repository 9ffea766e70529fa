-- A look-up by whoever runs the installation, at its console: logged as the system's, without an account and a quota.
-- Takes and gives what cards_look_up does; "account", "token_at" and "target" of a call say nothing here.
-- Reads: what cards_find reads, cards_lookupsetting. Writes: audit_entry.
-- Grain: one row a call, by place. Repeatable: answers again, and logs again. Refuses: nobody but the worker.

CREATE FUNCTION cards_look_up_here(calls jsonb) RETURNS TABLE (
    place integer, verdict text, wait_seconds integer, code text, full_name text, born_on date, sex text, address text,
    facility_code text, facility_name text, unit_name text, valid_from date, valid_to date, area_code text,
    five_year_on date, insurance_number text, personal_id text, benefit_level integer, version integer, ended_on date,
    ended_by_unit text, new_code text, new_valid_from date, new_valid_to date, new_facility_code text,
    new_facility_name text, consulted jsonb)
LANGUAGE sql VOLATILE SECURITY INVOKER SET search_path = public, pg_temp AS $$
    WITH said AS MATERIALIZED (
        SELECT found.place, found.subject_kind, found.subject_id, call.purpose, call.endpoint,
               coalesce(call.given, found.verdict) AS verdict,
               call.given IS NULL AND found.is_match AS is_match,
               to_jsonb(found) AS facts
        FROM cards_find(calls) AS found
        JOIN jsonb_to_recordset(calls) AS call (place integer, given text, purpose text, endpoint text)
          ON call.place = found.place
    ), logged AS (
        INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, detail)
        SELECT clock_timestamp(), 'system', 0,
               CASE WHEN said.is_match THEN 'viewed' ELSE 'lookup.missed' END,
               CASE WHEN said.is_match THEN said.subject_kind ELSE '' END,
               CASE WHEN said.is_match THEN said.subject_id END,
               said.purpose,
               CASE WHEN said.is_match
                    THEN ARRAY['full_name', 'birth_date', 'sex', 'address', 'card_code', 'facility', 'validity']
                    ELSE '{}' END,
               jsonb_strip_nulls(jsonb_build_object('verdict', said.verdict, 'name', said.endpoint))
        FROM said
    ), shown AS (
        -- As little as hospitals are shown: nothing but the verdict, unless name and birth date were right.
        SELECT said.place, said.verdict, CASE
            WHEN said.is_match THEN said.facts
            WHEN said.verdict NOT IN ('wrong_name', 'wrong_initials') THEN '{}'
            ELSE said.facts - ARRAY['born_on', 'address', 'personal_id', 'ended_on', 'ended_by_unit', 'consulted',
                CASE WHEN discloses.is_so THEN '' ELSE 'full_name' END] END AS facts
        FROM said CROSS JOIN (
            SELECT coalesce(bool_or(name = 'discloses_names' AND value = 1), false) AS is_so
            FROM cards_lookupsetting) AS discloses
    )
    SELECT shown.place, shown.verdict, 0, answer.code, answer.full_name, answer.born_on, answer.sex, answer.address,
           answer.facility_code, answer.facility_name, answer.unit_name, answer.valid_from, answer.valid_to,
           answer.area_code, answer.five_year_on, answer.insurance_number, answer.personal_id, answer.benefit_level,
           answer.version, answer.ended_on, answer.ended_by_unit, answer.new_code, answer.new_valid_from,
           answer.new_valid_to, answer.new_facility_code, answer.new_facility_name, answer.consulted
    FROM shown CROSS JOIN LATERAL jsonb_populate_record(NULL::cards_answer, shown.facts) AS answer
    ORDER BY shown.place
$$;
REVOKE EXECUTE ON FUNCTION cards_look_up_here(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cards_look_up_here(jsonb) TO lienthong_worker;
