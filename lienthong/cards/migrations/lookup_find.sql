-- Who is asked for and what his card is worth on the day: reads alone, discloses everything, granted to nobody.
-- One row a call, by `place`; `cards_find(jsonb)` is for those who have the calls as JSON. A call names the holder by `number`, `personal_id` or the card's first five characters
-- with either; or a temporary code as `card_code`. `verdict` is a value of cards.lookup.Verdict.
-- Reads: persons_person, persons_number, cards_card, cards_temporarycode, catalogues_unit, _facility, _division,
-- authz.decoy, audit_entry. Writes: nothing.

-- Why a card that was taken away no longer counts, as hospitals know it: reported as reduced, or withdrawn.
CREATE FUNCTION cards_ended_verdict(end_reason text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE end_reason
        WHEN 'REDUCED' THEN 'reduced' WHEN 'N-AGE' THEN 'reduced'
        WHEN 'REDUCED_MOVED_OUT' THEN 'moved_out'
        WHEN 'REDUCED_MOVED_WITHIN' THEN 'moved_within'
        WHEN 'REDUCED_ADDED_AGAIN' THEN 'added_again'
        WHEN 'REDUCED_STOPPED' THEN 'stopped' WHEN 'N-DECEASED' THEN 'stopped'
        ELSE 'revoked' END
$$;

-- Planned once a connection, and for few calls over large tables whatever their size was then: a plan made over empty
-- tables would read whole ones when they have grown. So each table is asked row by row (LATERAL … LIMIT 1), where the only
-- choice is which index. `= ANY (ARRAY[…])` and pairs say "not by the exclusion constraint's", whose probe costs fifty times
-- that of the plain one beside it.
CREATE FUNCTION cards_find(asked_for cards_call[]) RETURNS TABLE (
    place integer, verdict text, is_match boolean, is_decoy boolean, subject_kind text, subject_id bigint,
    person_id bigint, code text, full_name text, born_on date, sex text, address text, facility_code text,
    facility_name text, unit_name text, valid_from date, valid_to date, area_code text, five_year_on date,
    insurance_number text, personal_id text, benefit_level integer, version integer, ended_on date, ended_by_unit text,
    new_code text, new_valid_from date, new_valid_to date, new_facility_code text, new_facility_name text,
    consulted jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT call.place,
        judged.verdict,
        judged.verdict NOT IN ('unknown', 'bad_province', 'wrong_name', 'wrong_initials', 'wrong_birth'),
        judged.is_decoy,
        CASE WHEN judged.is_temporary THEN 'temporary_code' WHEN asked.id IS NOT NULL THEN 'card'
             WHEN person.id IS NOT NULL THEN 'person' END,
        CASE WHEN judged.is_temporary THEN temporary.id WHEN asked.id IS NOT NULL THEN asked.id ELSE person.id END,
        person.id,
        coalesce(temporary.code, asked.code),
        coalesce(nullif(temporary.full_name, ''), temporary.carer_name, asked.full_name, person.full_name),
        judged.born_on,
        coalesce(temporary.sex, asked.sex, person.sex),
        coalesce(temporary.address, concat_ws(', ', nullif(asked.address, ''), home.place), person.residence_text),
        CASE WHEN judged.is_temporary THEN temporary.province_code || '000' ELSE asked.facility_code END,
        coalesce(facility.name, ''),
        coalesce(unit.name, ''),
        lower(judged.valid), upper(judged.valid) - 1,
        coalesce(asked.area_code, ''),
        asked.five_year_on,
        coalesce(asked.insurance_number, person.number, ''),
        coalesce(person.personal_id, ''),
        coalesce(asked.benefit_level, 1)::integer,
        asked.version,
        (asked.ended_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
        coalesce(unit.code, ''),
        coalesce(newer.code, temporary.code, asked.code),
        coalesce(lower(newer.valid), lower(judged.valid)),
        coalesce(upper(newer.valid), upper(judged.valid)) - 1,
        coalesce(newer.facility_code, CASE WHEN judged.is_temporary THEN temporary.province_code || '000' END,
                 asked.facility_code),
        coalesce(new_facility.name, facility.name, ''),
        consulted.lines
    FROM unnest(asked_for) AS call
    LEFT JOIN LATERAL (
        SELECT given.* FROM cards_temporarycode AS given WHERE given.code = call.card_code LIMIT 1) AS temporary ON true
    LEFT JOIN LATERAL (
        SELECT listed.number FROM authz.decoy AS listed WHERE listed.number = call.number
        UNION ALL
        SELECT listed.number FROM authz.decoy AS listed WHERE listed.personal_id = call.personal_id
        LIMIT 1) AS decoy ON true
    LEFT JOIN LATERAL (
        SELECT found.person_id FROM (
            SELECT temporary.person_id WHERE temporary.person_id IS NOT NULL
            UNION ALL
            SELECT ledger.person_id FROM persons_number AS ledger WHERE ledger.number = call.number
            UNION ALL
            SELECT registered.id FROM persons_person AS registered
            WHERE registered.personal_id = call.personal_id AND registered.merged_into_id IS NULL) AS found
        LIMIT 1) AS holder ON true
    LEFT JOIN LATERAL (
        SELECT standing.*,
               CASE WHEN (SELECT merged.id FROM persons_person AS merged
                          WHERE merged.merged_into_id = standing.id LIMIT 1) IS NOT NULL
                    THEN persons_family(standing.id) ELSE ARRAY[standing.id] END AS family,
               (SELECT ledger.number FROM persons_number AS ledger
                WHERE ledger.person_id = standing.id AND ledger.status = 'active' LIMIT 1) AS number
        FROM (SELECT CASE WHEN first.merged_into_id IS NULL THEN first.id ELSE persons_survivor(first.id) END AS id
              FROM persons_person AS first WHERE first.id = holder.person_id LIMIT 1) AS survivor
        CROSS JOIN LATERAL (
            SELECT living.id, living.full_name, living.fold_key, living.born_on, living.sex, living.residence_text,
                   living.personal_id
            FROM persons_person AS living WHERE living.id = survivor.id LIMIT 1) AS standing
        OFFSET 0) AS person ON true
    LEFT JOIN LATERAL (
        SELECT card.* FROM cards_card AS card
        WHERE card.person_id = ANY (person.family) AND temporary.id IS NULL
          AND card.status IN ('active', 'superseded', 'expired', 'revoked')
          AND (call.card_prefix IS NULL OR left(card.code, 5) = call.card_prefix)
        ORDER BY card.status = 'active' AND card.valid @> call."on" DESC, card.status = 'active' DESC,
                 upper(card.valid) DESC, card.id DESC
        LIMIT 1) AS asked ON true
    LEFT JOIN LATERAL (
        -- The card to use from now on, or the one that is to follow a card in force.
        SELECT card.* FROM cards_card AS card
        WHERE card.person_id = ANY (person.family) AND card.status = 'active'
          AND card.id IS DISTINCT FROM asked.id
          AND (asked.id IS NULL OR asked.status <> 'active' OR NOT asked.valid @> call."on"
               OR lower(card.valid) > call."on")
          AND (asked.status = 'active' AND call."on" < lower(asked.valid)) IS NOT TRUE
        ORDER BY card.valid @> call."on" DESC, lower(card.valid), card.id
        LIMIT 1) AS newer ON true
    LEFT JOIN LATERAL (
        SELECT card.id, card.end_reason FROM cards_card AS card
        WHERE asked.status = 'superseded' AND card.person_id = ANY (person.family) AND card.status = 'revoked'
        ORDER BY card.ended_at DESC, card.id DESC LIMIT 1) AS gone ON true
    CROSS JOIN LATERAL (
        -- Kept apart, so that nothing in it is worked out twice.
        SELECT decoy.number IS NOT NULL AS is_decoy, known.*,
            CASE
                WHEN decoy.number IS NOT NULL THEN 'unknown'
                WHEN known.is_temporary THEN
                    CASE WHEN (call.name_key IN (name_match_key(temporary.carer_name),
                                                 name_match_key('con bà ' || temporary.carer_name))
                               OR temporary.full_name <> '' AND name_match_key(temporary.full_name) = call.name_key)
                              IS NOT TRUE THEN CASE WHEN call.initials IN (name_initials(temporary.carer_name),
                                                              name_initials('con bà ' || temporary.carer_name))
                                            OR temporary.full_name <> ''
                                               AND name_initials(temporary.full_name) = call.initials
                                       THEN 'wrong_initials' ELSE 'wrong_name' END
                         WHEN known.birth_fits IS NOT TRUE THEN 'wrong_birth'
                         WHEN newer.id IS NOT NULL AND known.is_in_time THEN 'replaced_valid'
                         WHEN newer.id IS NOT NULL THEN 'replaced_expired'
                         WHEN known.is_in_time THEN 'valid'
                         ELSE 'expired' END
                WHEN call.card_prefix IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM catalogues_division AS province
                    WHERE province.code = ANY (ARRAY[substr(call.card_prefix, 4, 2)]) AND province.level = 'province')
                    THEN 'bad_province'
                WHEN person.id IS NULL THEN 'unknown'
                WHEN asked.id IS NULL AND call.card_prefix IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM cards_card AS waiting
                    WHERE waiting.person_id = ANY (person.family) AND waiting.status = 'requested'
                      AND left(waiting.code, 5) = call.card_prefix)
                    THEN 'unknown'
                -- The key of a name costs more than the rest of a look-up: the person's is kept, most cards bear that
                -- name, and most keys are known to fit without their letters being sifted.
                WHEN (replace(person.fold_key, ' ', '') = call.name_key
                      OR regexp_replace(replace(person.fold_key, 'ƀ', 'b'), '[^a-z]+', '', 'g') = call.name_key
                      OR asked.full_name <> person.full_name AND name_match_key(asked.full_name) = call.name_key)
                     IS NOT TRUE
                    THEN CASE WHEN call.initials IN (name_initials(asked.full_name), name_initials(person.full_name))
                              THEN 'wrong_initials' ELSE 'wrong_name' END
                WHEN known.birth_fits IS NOT TRUE THEN 'wrong_birth'
                WHEN asked.id IS NULL THEN 'no_card'
                WHEN asked.status = 'revoked' THEN cards_ended_verdict(asked.end_reason)
                WHEN asked.status = 'active' AND asked.valid @> call."on" THEN
                    CASE WHEN newer.id IS NOT NULL AND newer.code <> asked.code THEN 'replaced_valid' ELSE 'valid' END
                WHEN newer.id IS NOT NULL AND asked.valid @> call."on" THEN 'replaced_valid'
                WHEN newer.id IS NOT NULL THEN 'replaced_expired'
                WHEN asked.status = 'active' AND call."on" < lower(asked.valid) THEN 'not_yet'
                WHEN asked.status = 'superseded' AND gone.id IS NOT NULL THEN cards_ended_verdict(gone.end_reason)
                ELSE 'expired' END AS verdict
        FROM (SELECT temporary.id IS NOT NULL AS is_temporary,
                     coalesce(temporary.valid, asked.valid) AS valid,
                     temporary.valid @> call."on" AS is_in_time,
                     own.born_on,
                     extract(year FROM own.born_on) = call.born_year
                         AND (call.born_month = 0 OR extract(month FROM own.born_on) = call.born_month)
                         AND (call.born_day = 0 OR extract(day FROM own.born_on) = call.born_day) AS birth_fits
              FROM (SELECT coalesce(temporary.born_on, asked.born_on, person.born_on) AS born_on) AS own) AS known
        OFFSET 0) AS judged
    LEFT JOIN LATERAL (
        SELECT listed.code, listed.name FROM catalogues_unit AS listed WHERE listed.id = asked.unit_id LIMIT 1) AS unit ON true
    LEFT JOIN LATERAL (
        -- Commune and province as they were named when the card was approved, unless the address says so already.
        SELECT concat_ws(', ', commune.name,
                         (SELECT province.name FROM catalogues_division AS province
                          WHERE province.code = commune.province_code AND province.level = 'province'
                            AND province.valid @> (asked.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LIMIT 1))
               AS place
        FROM catalogues_division AS commune
        WHERE commune.code = asked.commune_code AND commune.level = 'commune'
          AND commune.valid @> (asked.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
          AND strpos(asked.address, commune.name) = 0
        LIMIT 1) AS home ON true
    LEFT JOIN LATERAL (
        SELECT listed.name FROM catalogues_facility AS listed
        WHERE (listed.code, listed.id) >= (asked.facility_code, 0) AND (listed.code, listed.id) <= (asked.facility_code, 1::bigint << 62)
        ORDER BY listed.code DESC, listed.id DESC LIMIT 1) AS facility ON true
    LEFT JOIN LATERAL (
        SELECT listed.name FROM catalogues_facility AS listed
        WHERE (listed.code, listed.id) >= (newer.facility_code, 0) AND (listed.code, listed.id) <= (newer.facility_code, 1::bigint << 62)
        ORDER BY listed.code DESC, listed.id DESC LIMIT 1) AS new_facility ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(line.by, line.at, line.verdict) ORDER BY line.id DESC) AS lines FROM (
            SELECT entry.id, entry.by, entry.at, entry.detail ->> 'verdict' AS verdict FROM audit_entry AS entry
            WHERE call.wants_consulted AND entry.subject_kind = 'card' AND entry.subject_id = asked.id
              AND entry.action = 'viewed' AND entry.detail ? 'verdict'
              AND (entry.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                  = (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
            ORDER BY entry.id DESC LIMIT 10) AS line) AS consulted ON true;
END $$;

CREATE FUNCTION cards_find(calls jsonb) RETURNS TABLE (
    place integer, verdict text, is_match boolean, is_decoy boolean, subject_kind text, subject_id bigint,
    person_id bigint, code text, full_name text, born_on date, sex text, address text, facility_code text,
    facility_name text, unit_name text, valid_from date, valid_to date, area_code text, five_year_on date,
    insurance_number text, personal_id text, benefit_level integer, version integer, ended_on date, ended_by_unit text,
    new_code text, new_valid_from date, new_valid_to date, new_facility_code text, new_facility_name text,
    consulted jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM cards_find(ARRAY(SELECT said FROM jsonb_populate_recordset(NULL::cards_call, calls) AS said))
$$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_find(cards_call[]) OWNER TO lienthong_worker;
ALTER FUNCTION cards_find(jsonb) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION cards_find(cards_call[]), cards_find(jsonb) FROM PUBLIC;
