-- The hospitals' door: quota, look-up and log of all the calls that wait in a process, in one statement and one commit.
-- Reads: accounts_machine, _machinestaff, _suspension, authz.credential, and what cards_find reads.
-- Writes: cards_lookupday, cards_lookuptarget, accounts_suspension, database_alarm, audit_entry.

GRANT SELECT, INSERT, UPDATE, DELETE ON cards_lookupday, cards_lookuptarget TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON cards_lookupsetting, cards_temporarycode TO lienthong_worker;
GRANT USAGE ON SEQUENCE cards_temporarycode_id_seq TO lienthong_worker;
-- Kept whole on a page while an account's row is written again and again.
ALTER TABLE cards_lookupday SET (fillfactor = 40);

-- Ten digits that are no insurance number: 99 and eight more.
CREATE SEQUENCE cards_temporary_serial AS bigint MINVALUE 9900000001 MAXVALUE 9999999999 NO CYCLE;
GRANT USAGE ON SEQUENCE cards_temporary_serial TO lienthong_worker;

INSERT INTO cards_lookupsetting (name, value) VALUES
    ('is_open', 1),            -- 0 closes the door for every hospital
    ('target_misses', 10),     -- in vain for one name and birth date in one day, whoever asks
    ('portal_misses', 5),      -- in vain from one network in one hour, at the citizens' page
    ('decoy_touches', 3),      -- numbers that no card carries, in one day, by one account
    ('discloses_names', 0);    -- 1 gives the right name back with 060 and 061, as the old gateway did

-- Numbers that were never given to anybody: whoever asks for them reads from a list or counts upwards.
CREATE TABLE authz.decoy (
    number text PRIMARY KEY CHECK (number ~ '^[0-9]{10}$'),
    personal_id text UNIQUE CHECK (personal_id ~ '^[0-9]{12}$'),
    name_key text NOT NULL,
    born_on date NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON authz.decoy TO lienthong_worker;

INSERT INTO audit_subject (kind, table_name)
VALUES ('temporary_code', 'cards_temporarycode'), ('person', 'persons_person'), ('machine', 'accounts_machine')
ON CONFLICT DO NOTHING;

-- One call, as `cards.lookup` writes it.
CREATE TYPE cards_call AS (
    place integer, account text, token_at timestamptz, asks_staff boolean, staff_personal_id text, staff_name_key text,
    given text, number text, personal_id text, card_code text, card_prefix text, name_key text, initials text,
    born_year integer, born_month integer, born_day integer, "on" date, target text, purpose text, endpoint text,
    request text, wants_consulted boolean, visit text, fields text[]);

-- What is known of a call before anybody is looked for: the account that it counts for, and a verdict that ends it.
CREATE TYPE cards_admission AS (
    place integer, machine_id bigint, miss_limit integer, staff_id bigint, verdict text, wait_seconds integer);
CREATE TYPE cards_answer AS (
    place integer, verdict text, wait_seconds integer, is_match boolean, is_decoy boolean, subject_kind text,
    subject_id bigint, code text, full_name text, born_on date, sex text, address text, facility_code text,
    facility_name text, unit_name text, valid_from date, valid_to date, area_code text, five_year_on date,
    insurance_number text, personal_id text, benefit_level integer, version integer, ended_on date, ended_by_unit text,
    new_code text, new_valid_from date, new_valid_to date, new_facility_code text, new_facility_name text,
    consulted jsonb);

-- Accounts that guess or ask for whom nobody carries: suspended, or an alarm for somebody to look.
CREATE FUNCTION cards_suspect(suspects bigint[], asked_for cards_call[], this_day date, most_touches integer) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH caught AS (
        SELECT told.machine_id, machine.name,
               CASE WHEN told.decoy_count >= most_touches OR EXISTS (
                        SELECT 1 FROM unnest(asked_for) AS said
                        JOIN authz.decoy AS decoy ON decoy.number = said.number OR decoy.personal_id = said.personal_id
                        WHERE said.account = machine.name AND decoy.name_key = said.name_key
                          AND decoy.born_on = make_date(said.born_year, greatest(said.born_month, 1),
                                                        greatest(said.born_day, 1))) THEN 'decoy'
                    WHEN bit_count(told.recent::bit(64)) > machine.miss_limit THEN 'misses' END AS reason,
               jsonb_build_object('misses', bit_count(told.recent::bit(64)), 'decoys', told.decoy_count) AS detail,
               told.decoy_count
        FROM cards_lookupday AS told JOIN accounts_machine AS machine ON machine.id = told.machine_id
        WHERE told.machine_id = ANY (suspects) AND told.day = this_day
    ), suspended AS (
        INSERT INTO accounts_suspension (machine_id, reason, detail, by)
        SELECT caught.machine_id, caught.reason, caught.detail, 'system' FROM caught WHERE caught.reason IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING machine_id
    )
    INSERT INTO database_alarm (name, subject, detail)
    SELECT CASE WHEN suspended.machine_id IS NULL THEN 'lookup.decoy' ELSE 'lookup.suspended' END, caught.name, caught.detail
    FROM caught LEFT JOIN suspended ON suspended.machine_id = caught.machine_id
    WHERE suspended.machine_id IS NOT NULL OR (caught.decoy_count > 0 AND caught.reason IS NULL)
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING;
$$;

CREATE FUNCTION cards_look_up(calls jsonb) RETURNS TABLE (
    place integer, verdict text, wait_seconds integer, code text, full_name text, born_on date, sex text, address text,
    facility_code text, facility_name text, unit_name text, valid_from date, valid_to date, area_code text,
    five_year_on date, insurance_number text, personal_id text, benefit_level integer, version integer, ended_on date,
    ended_by_unit text, new_code text, new_valid_from date, new_valid_to date, new_facility_code text,
    new_facility_name text, consulted jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    now_at timestamptz := clock_timestamp();
    this_day date := (now_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    this_minute timestamptz := date_trunc('minute', now_at);
    day_ends timestamptz := (this_day + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh';
    is_open boolean; most_misses integer; most_touches integer; discloses boolean;
    asked_for cards_call[];
    admitted cards_admission[];
    answered cards_answer[];
    suspects bigint[];
BEGIN
    -- Read once; from here on a call is found by its place.
    SELECT array_agg(said ORDER BY said.place) INTO asked_for FROM jsonb_populate_recordset(NULL::cards_call, calls) AS said;
    IF EXISTS (SELECT 1 FROM unnest(asked_for) WITH ORDINALITY AS said WHERE said.place IS DISTINCT FROM said.ordinality - 1) THEN
        RAISE EXCEPTION 'the places of the calls are not 0, 1, 2, …' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT bool_or(name = 'is_open' AND value = 1), max(value) FILTER (WHERE name = 'target_misses'),
           max(value) FILTER (WHERE name = 'decoy_touches'), bool_or(name = 'discloses_names' AND value = 1)
    INTO is_open, most_misses, most_touches, discloses FROM cards_lookupsetting;

    -- Count first, so that a thousand calls at once count a thousand. Rows are taken in the order of their key.
    WITH call AS MATERIALIZED (
        SELECT said.place, said.account, said.token_at, said.asks_staff, said.staff_personal_id, said.staff_name_key,
               said.given, row_number() OVER (PARTITION BY said.account ORDER BY said.place) AS rank
        FROM unnest(asked_for) AS said
    ), account AS MATERIALIZED (
        SELECT machine.*, credential.changed_at, asking.call_count
        FROM (SELECT account AS name, count(*)::integer AS call_count FROM call GROUP BY account) AS asking
        CROSS JOIN LATERAL (
            SELECT known.id, known.name, known.minute_limit, known.day_limit, known.miss_limit
            FROM accounts_machine AS known
            WHERE known.name = asking.name AND known.role = 'hospital' AND known.is_active LIMIT 1) AS machine
        CROSS JOIN LATERAL (
            SELECT known.changed_at FROM authz.credential AS known
            WHERE known.account_kind = 'machine' AND known.account_id = machine.id LIMIT 1) AS credential
        WHERE (SELECT suspension.id FROM accounts_suspension AS suspension
               WHERE suspension.machine_id = machine.id AND suspension.lifted_at IS NULL LIMIT 1) IS NULL
    ), counted AS (
        INSERT INTO cards_lookupday AS kept (machine_id, day, call_count, minute, minute_count, recent)
        SELECT account.id, this_day, account.call_count, this_minute, account.call_count,
               coalesce((SELECT before.recent FROM cards_lookupday AS before
                         WHERE before.machine_id = account.id AND before.day < this_day
                         ORDER BY before.day DESC LIMIT 1), 0)
        FROM account ORDER BY account.id
        ON CONFLICT (machine_id, day) DO UPDATE
        SET call_count = kept.call_count + excluded.call_count,
            minute_count = CASE WHEN kept.minute >= excluded.minute THEN kept.minute_count ELSE 0 END
                + excluded.minute_count,
            minute = greatest(kept.minute, excluded.minute)
        RETURNING kept.machine_id, kept.call_count, kept.minute_count
    )
    SELECT array_agg(ROW(call.place, account.id, account.miss_limit, staff.id,
        CASE WHEN NOT is_open THEN 'closed'
             WHEN account.id IS NULL OR call.token_at < account.changed_at THEN 'no_account'
             WHEN counted.minute_count - account.call_count + call.rank > account.minute_limit THEN 'over_limit'
             WHEN counted.call_count - account.call_count + call.rank > account.day_limit THEN 'over_limit'
             WHEN call.asks_staff AND staff.id IS NULL THEN 'staff_unknown'
             -- The key of a name is dear, and most are written in plain capitals.
             WHEN call.asks_staff AND (lower(replace(staff.full_name, ' ', '')) = call.staff_name_key
                                       OR name_match_key(staff.full_name) = call.staff_name_key) IS NOT TRUE
                 THEN 'staff_name'
             ELSE call.given END,
        CASE WHEN counted.call_count - account.call_count + call.rank > account.day_limit
             THEN ceil(extract(epoch FROM day_ends - now_at))
             ELSE ceil(extract(epoch FROM this_minute + interval '1 minute' - now_at)) END::integer
        )::cards_admission ORDER BY call.place)
    INTO admitted
    FROM call
    LEFT JOIN account ON account.name = call.account
    LEFT JOIN counted ON counted.machine_id = account.id
    LEFT JOIN LATERAL (
        SELECT member.id, member.full_name FROM accounts_machinestaff AS member
        WHERE call.asks_staff AND member.machine_id = account.id AND member.personal_id = call.staff_personal_id
          AND member.ended_at IS NULL LIMIT 1) AS staff ON true;

    -- Those who ask for one person wait for one another: the count of misses is exact.
    PERFORM pg_advisory_xact_lock(wanted.lock) FROM (
        SELECT DISTINCT hashtextextended(said.target, 0) AS lock
        FROM unnest(asked_for) AS said
        WHERE said.target IS NOT NULL AND (admitted[said.place + 1]).verdict IS NULL ORDER BY 1) AS wanted;

    SELECT array_agg(ROW(found.place,
        CASE WHEN (of.admission).verdict IS NOT NULL THEN (of.admission).verdict
             WHEN of.miss_count >= most_misses THEN 'over_target' ELSE found.verdict END,
        CASE WHEN (of.admission).verdict = 'over_limit' THEN (of.admission).wait_seconds ELSE 0 END,
        found.is_match AND (of.admission).verdict IS NULL AND of.miss_count < most_misses,
        found.is_decoy, found.subject_kind, found.subject_id, found.code, found.full_name,
        found.born_on, found.sex, found.address, found.facility_code, found.facility_name, found.unit_name,
        found.valid_from, found.valid_to, found.area_code, found.five_year_on, found.insurance_number,
        found.personal_id, found.benefit_level, found.version, found.ended_on, found.ended_by_unit, found.new_code,
        found.new_valid_from, found.new_valid_to, found.new_facility_code, found.new_facility_name, found.consulted
        )::cards_answer ORDER BY found.place)
    INTO answered
    FROM cards_find(asked_for) AS found
    CROSS JOIN LATERAL (
        SELECT admitted[found.place + 1] AS admission,
               coalesce((SELECT target.miss_count FROM cards_lookuptarget AS target
                         WHERE target.target = decode((asked_for[found.place + 1]).target, 'hex')
                           AND target.day = this_day), 0) AS miss_count
        OFFSET 0) AS of;

    INSERT INTO cards_lookuptarget AS kept (target, day, miss_count)
    SELECT decode(missed.target, 'hex'), this_day, count(*)
    FROM (SELECT (asked_for[answer.place + 1]).target FROM unnest(answered) AS answer
          WHERE answer.verdict IN ('unknown', 'wrong_name', 'wrong_initials', 'wrong_birth')) AS missed
    WHERE missed.target IS NOT NULL
    GROUP BY missed.target ORDER BY missed.target
    ON CONFLICT (target, day) DO UPDATE SET miss_count = kept.miss_count + excluded.miss_count;

    WITH outcome AS (
        SELECT (of.admission).machine_id, (of.admission).miss_limit, answer.is_match,
               answer.verdict IN ('unknown', 'wrong_name', 'wrong_initials', 'wrong_birth') AS is_miss,
               answer.is_decoy AND (of.admission).verdict IS NULL AS is_touch, answer.is_decoy, answer.place
        FROM unnest(answered) AS answer
        CROSS JOIN LATERAL (SELECT admitted[answer.place + 1] AS admission OFFSET 0) AS of
        WHERE (of.admission).machine_id IS NOT NULL
    ), aged AS (
        -- The newest answer is the lowest bit; refusals by quota or form say nothing about guessing.
        SELECT outcome.*, CASE WHEN is_match OR is_miss THEN
                   count(*) FILTER (WHERE is_match OR is_miss) OVER (PARTITION BY machine_id ORDER BY place DESC) - 1
               END AS age
        FROM outcome
    ), tally AS (
        SELECT machine_id, min(miss_limit) AS miss_limit, count(*) FILTER (WHERE is_match) AS hits,
               count(*) FILTER (WHERE is_miss) AS misses, count(*) FILTER (WHERE NOT is_match AND NOT is_miss) AS refused,
               count(*) FILTER (WHERE is_touch) AS touched, count(age) AS judged, bool_or(is_decoy) AS is_near_decoy,
               coalesce(sum(1::bigint << age::integer) FILTER (WHERE is_miss AND age < 50), 0)::bigint AS bits
        FROM aged GROUP BY machine_id
    ), told AS (
        -- The row is there since it was counted; said this way it is found by its key whatever the plan.
        INSERT INTO cards_lookupday AS kept (machine_id, day, call_count, minute, minute_count, hit_count, miss_count,
                                             refused_count, decoy_count, recent)
        SELECT machine_id, this_day, judged, this_minute, 0, hits, misses, refused, touched, bits
        FROM tally ORDER BY machine_id
        ON CONFLICT (machine_id, day) DO UPDATE
        SET hit_count = kept.hit_count + excluded.hit_count, miss_count = kept.miss_count + excluded.miss_count,
            refused_count = kept.refused_count + excluded.refused_count,
            decoy_count = kept.decoy_count + excluded.decoy_count,
            recent = (CASE WHEN excluded.call_count >= 50 THEN 0 ELSE kept.recent << excluded.call_count END | excluded.recent)
                     & ((1::bigint << 50) - 1)
        RETURNING kept.machine_id, kept.recent, kept.decoy_count
    )
    SELECT array_agg(told.machine_id) INTO suspects FROM told JOIN tally ON tally.machine_id = told.machine_id
    WHERE tally.is_near_decoy OR told.decoy_count > 0 OR bit_count(told.recent::bit(64)) > tally.miss_limit;

    IF suspects IS NOT NULL THEN
        PERFORM cards_suspect(suspects, asked_for, this_day, most_touches);
    END IF;

    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id,
                             detail)
    SELECT now_at, 'machine:' || (of.call).account, coalesce((of.admission).machine_id, 0),
           CASE WHEN answer.is_match THEN 'viewed' ELSE 'lookup.missed' END,
           CASE WHEN answer.is_match THEN answer.subject_kind ELSE '' END,
           CASE WHEN answer.is_match THEN answer.subject_id END,
           (of.call).purpose,
           CASE WHEN answer.is_match
                THEN coalesce((of.call).fields, ARRAY['full_name', 'birth_date', 'sex', 'address', 'card_code', 'facility',
                                                      'validity']) ELSE '{}' END,
           coalesce((of.call).request, ''),
           jsonb_strip_nulls(jsonb_build_object('verdict', answer.verdict, 'staff', (of.admission).staff_id,
                                                'name', (of.call).endpoint, 'visit', (of.call).visit))
    FROM unnest(answered) AS answer
    CROSS JOIN LATERAL (
        SELECT asked_for[answer.place + 1] AS call, admitted[answer.place + 1] AS admission OFFSET 0) AS of;

    -- What nobody may learn without having known it: nothing but the verdict, unless name and birth date were right.
    RETURN QUERY
    SELECT answer.place, answer.verdict, answer.wait_seconds,
           CASE WHEN shown.card THEN answer.code END,
           CASE WHEN answer.is_match OR shown.card AND discloses THEN answer.full_name END,
           CASE WHEN answer.is_match THEN answer.born_on END,
           CASE WHEN shown.card THEN answer.sex END,
           CASE WHEN answer.is_match THEN answer.address END,
           CASE WHEN shown.card THEN answer.facility_code END,
           CASE WHEN shown.card THEN answer.facility_name END,
           CASE WHEN shown.card THEN answer.unit_name END,
           CASE WHEN shown.card THEN answer.valid_from END,
           CASE WHEN shown.card THEN answer.valid_to END,
           CASE WHEN shown.card THEN answer.area_code END,
           CASE WHEN shown.card THEN answer.five_year_on END,
           CASE WHEN shown.card THEN answer.insurance_number END,
           CASE WHEN answer.is_match THEN answer.personal_id END,
           CASE WHEN shown.card THEN answer.benefit_level END,
           CASE WHEN shown.card THEN answer.version END,
           CASE WHEN answer.is_match THEN answer.ended_on END,
           CASE WHEN answer.is_match THEN answer.ended_by_unit END,
           CASE WHEN shown.card THEN answer.new_code END,
           CASE WHEN shown.card THEN answer.new_valid_from END,
           CASE WHEN shown.card THEN answer.new_valid_to END,
           CASE WHEN shown.card THEN answer.new_facility_code END,
           CASE WHEN shown.card THEN answer.new_facility_name END,
           CASE WHEN answer.is_match THEN answer.consulted END
    FROM unnest(answered) AS answer
    CROSS JOIN LATERAL (
        SELECT answer.is_match OR answer.verdict IN ('wrong_name', 'wrong_initials') AS card) AS shown
    ORDER BY answer.place;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_look_up(jsonb) OWNER TO lienthong_worker;
ALTER FUNCTION cards_suspect(bigint[], cards_call[], date, integer) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION cards_look_up(jsonb), cards_suspect(bigint[], cards_call[], date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cards_look_up(jsonb) TO lienthong_gateway, lienthong_web, lienthong_worker;
