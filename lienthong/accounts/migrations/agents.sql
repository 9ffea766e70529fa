-- Collection agents: which communes a session reaches, who manages an agency, and how fast an agent may look people up.
-- Reads: authz.session, accounts_officer, accounts_agency, accounts_agencycommune, catalogues_unit, _succession, _division.
-- Writes: accounts_officer, authz.credential, authz.session, accounts_agentday, each by a function of its own.
-- Repeatable: the functions read the session anew each time. Refuses (28000) what is not the session's to manage.

-- The agency of the living session; NULL for everybody but the agents of one that is open.
CREATE FUNCTION authz.agency() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT agency.id
    FROM authz.alive(current_setting('lienthong.token', true)) AS s
    JOIN public.accounts_officer AS o ON o.id = s.officer_id AND o.role = 'agent'
    JOIN public.accounts_agency AS agency ON agency.id = o.agency_id AND agency.is_active
$$;

CREATE FUNCTION authz.is_agent() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM authz.alive(current_setting('lienthong.token', true)) AS s
        JOIN public.accounts_officer AS o ON o.id = s.officer_id AND o.role = 'agent')
$$;

-- The communes of the session's agency of this moment, and those that became part of one of them: a household keeps the
-- code that it was written with. A code that means another commune today is not followed. Empty for everybody else.
CREATE FUNCTION authz.communes() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE today (day) AS (
        SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date),
    reached (code) AS (
        SELECT given.commune_code FROM public.accounts_agencycommune AS given
        WHERE given.agency_id = authz.agency() AND given.ended_at IS NULL
        UNION
        SELECT merged.old_code
        FROM reached JOIN public.catalogues_succession AS merged ON merged.new_code = reached.code
        CROSS JOIN today
        WHERE merged.share IN ('all', 'all_people') AND merged.effective <= today.day AND length(merged.old_code) = 5
          AND NOT EXISTS (
              SELECT 1 FROM public.catalogues_division AS living
              WHERE living.code = merged.old_code AND living.level = 'commune' AND living.valid @> today.day))
    SELECT coalesce((SELECT array_agg(code) FROM reached), '{}')
$$;

-- The units that the session answers for, by code.
CREATE FUNCTION authz.unit_codes() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT array_agg(unit.code) FROM public.catalogues_unit AS unit WHERE unit.id = ANY (authz.areas())), '{}')
$$;

-- True for the officers who manage agencies of this unit: its head, or its province.
CREATE FUNCTION authz.manages_agencies_of(unit text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT unit = ANY (authz.unit_codes()) AND EXISTS (
        SELECT 1 FROM authz.alive(current_setting('lienthong.token', true)) AS s
        JOIN public.accounts_officer AS o ON o.id = s.officer_id AND o.role IN ('province', 'head'))
$$;

GRANT SELECT, INSERT, UPDATE ON accounts_agency, accounts_agencycommune TO lienthong_worker;
GRANT SELECT ON accounts_agency, accounts_agencycommune TO lienthong_web;
GRANT INSERT (code, name, province_code, unit_code, is_active, made_by, made_at), UPDATE (name, is_active)
ON accounts_agency TO lienthong_web;
GRANT INSERT (agency_id, commune_code, added_by, added_at), UPDATE (ended_by, ended_at)
ON accounts_agencycommune TO lienthong_web;
GRANT SELECT ON accounts_agentday TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

ALTER TABLE accounts_agency ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_agency TO lienthong_worker USING (true);
CREATE POLICY of_unit ON accounts_agency FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR unit_code = ANY ((SELECT authz.unit_codes())::text[])
           OR id = (SELECT authz.agency()));
CREATE POLICY of_unit_new ON accounts_agency FOR INSERT TO lienthong_web
    WITH CHECK (authz.manages_agencies_of(unit_code)
                AND province_code = (SELECT unit.province_code FROM catalogues_unit AS unit WHERE unit.code = unit_code));
CREATE POLICY of_unit_changed ON accounts_agency FOR UPDATE TO lienthong_web USING (authz.manages_agencies_of(unit_code));

ALTER TABLE accounts_agencycommune ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_agencycommune TO lienthong_worker USING (true);
CREATE POLICY of_agency ON accounts_agencycommune FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_agency AS seen WHERE seen.id = agency_id));
CREATE POLICY of_agency_new ON accounts_agencycommune FOR INSERT TO lienthong_web
    WITH CHECK (EXISTS (SELECT 1 FROM accounts_agency AS seen
                        WHERE seen.id = agency_id AND authz.manages_agencies_of(seen.unit_code)));
CREATE POLICY of_agency_ended ON accounts_agencycommune FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_agency AS seen
                   WHERE seen.id = agency_id AND authz.manages_agencies_of(seen.unit_code)));

-- A new agent's account, or another password for one that the session manages; every session of his ends. Returns his
-- id. Refuses an agency that the session does not manage, and (23505) a user name that is somebody else's.
CREATE FUNCTION authz.give_agent(agency bigint, account_name text, person_name text, key bigint, new_hash text)
RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held public.accounts_agency := (SELECT a FROM public.accounts_agency AS a WHERE a.id = agency);
    made bigint;
BEGIN
    IF held.id IS NULL OR NOT held.is_active OR NOT authz.manages_agencies_of(held.unit_code) THEN
        RAISE EXCEPTION 'not an agency to manage' USING ERRCODE = '28000';
    END IF;
    UPDATE public.accounts_officer AS o SET full_name = person_name, person_key = key, is_active = true
    WHERE o.username = account_name AND o.role = 'agent' AND o.agency_id = held.id RETURNING o.id INTO made;
    IF made IS NULL THEN
        INSERT INTO public.accounts_officer
            (username, full_name, person_key, role, province_code, unit_code, agency_id, is_active, created_at)
        VALUES (account_name, person_name, key, 'agent', held.province_code, held.unit_code, held.id, true,
                clock_timestamp())
        RETURNING id INTO made;
    END IF;
    INSERT INTO authz.credential (account_kind, account_id, password_hash) VALUES ('officer', made, new_hash)
    ON CONFLICT (account_kind, account_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp();
    UPDATE authz.session AS s SET ended_at = clock_timestamp(), ended_why = 'account_changed'
    WHERE s.officer_id = made AND s.ended_at IS NULL;
    RETURN made;
END $$;

-- An agent may do nothing from now on; false for one that the session does not manage.
CREATE FUNCTION authz.end_agent(officer bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.accounts_officer AS o SET is_active = false
    WHERE o.id = officer AND o.role = 'agent' AND o.is_active AND authz.manages_agencies_of(o.unit_code);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE authz.session AS s SET ended_at = clock_timestamp(), ended_why = 'deactivated'
    WHERE s.officer_id = officer AND s.ended_at IS NULL;
    RETURN true;
END $$;

-- Counts one look-up of the session's agent, before it is answered; false when the day's looks or misses are used up.
-- A row a day is locked until the transaction ends, so that looks at once are counted one by one.
CREATE FUNCTION authz.count_look(most_looks integer, most_misses integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine bigint := (SELECT s.officer_id FROM authz.alive(current_setting('lienthong.token', true)) AS s);
    today date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    looks integer;
    misses integer;
BEGIN
    IF mine IS NULL OR NOT authz.is_agent() THEN
        RETURN false;
    END IF;
    INSERT INTO public.accounts_agentday AS kept (officer_id, day, look_count, miss_count) VALUES (mine, today, 1, 0)
    ON CONFLICT (officer_id, day) DO UPDATE SET look_count = kept.look_count + 1
    RETURNING look_count, miss_count INTO looks, misses;
    RETURN looks <= most_looks AND misses < most_misses;
END $$;

CREATE FUNCTION authz.count_miss() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.accounts_agentday AS kept SET miss_count = kept.miss_count + 1
    FROM authz.alive(current_setting('lienthong.token', true)) AS s
    WHERE kept.officer_id = s.officer_id AND kept.day = (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
$$;

REVOKE ALL ON FUNCTION
    authz.agency(), authz.is_agent(), authz.communes(), authz.unit_codes(), authz.manages_agencies_of(text),
    authz.give_agent(bigint, text, text, bigint, text), authz.end_agent(bigint),
    authz.count_look(integer, integer), authz.count_miss()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    authz.agency(), authz.is_agent(), authz.communes(), authz.unit_codes(), authz.manages_agencies_of(text)
TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION
    authz.give_agent(bigint, text, text, bigint, text), authz.end_agent(bigint),
    authz.count_look(integer, integer), authz.count_miss()
TO lienthong_web;
