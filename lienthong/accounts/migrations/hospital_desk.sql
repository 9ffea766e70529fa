-- Whose hospitals an officer sees and manages: those of his province; the centre sees all. Credentials by function alone.
-- Reads: authz.session, catalogues_facility, _succession. Writes: authz.credential, accounts_turnedaway.

ALTER TABLE accounts_machine ADD CONSTRAINT machine_hospital_name CHECK (
    role <> 'hospital' OR source <> '' OR (facility_code ~ '^[0-9]{2}[0-9A-Z]{3}$' AND name = facility_code || '_BV'));

-- The province that a facility stands in, as it was declared last; without that, by the code itself. Its tables are
-- bound when it is made: what a session may see does not hang on its search path.
CREATE FUNCTION accounts_province_of(facility_code text) RETURNS text LANGUAGE sql STABLE
RETURN coalesce((
    SELECT listed.province_code FROM catalogues_facility AS listed
    WHERE listed.code = accounts_province_of.facility_code
    ORDER BY listed.id DESC LIMIT 1),
    left(accounts_province_of.facility_code, 2));

-- The provinces of the living session, and those that have become part of them.
CREATE FUNCTION authz.hospital_provinces() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT s.provinces || ARRAY(
            SELECT merged.old_code FROM public.catalogues_succession AS merged
            WHERE merged.new_code = ANY (s.provinces) AND length(merged.old_code) = 2
              AND merged.effective <= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
        FROM authz.alive(current_setting('lienthong.token', true)) AS s), '{}')
$$;

CREATE FUNCTION authz.manages_hospital(facility_code text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT public.accounts_province_of(facility_code) = ANY (authz.hospital_provinces())
$$;

CREATE FUNCTION authz.sees_hospital(facility_code text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT authz.everywhere() OR authz.manages_hospital(facility_code)
$$;
REVOKE ALL ON FUNCTION
    accounts_province_of(text), authz.hospital_provinces(), authz.manages_hospital(text), authz.sees_hospital(text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    accounts_province_of(text), authz.hospital_provinces(), authz.manages_hospital(text), authz.sees_hospital(text)
TO lienthong_web, lienthong_worker;

-- The account. Other systems, which send births, are nobody's province and hold no person.
GRANT INSERT (name, title_vi, role, source, facility_code, is_active, created_at, minute_limit, day_limit, miss_limit),
      UPDATE (title_vi, is_active, minute_limit, day_limit, miss_limit)
ON accounts_machine TO lienthong_web;
ALTER TABLE accounts_machine ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_machine TO lienthong_worker USING (true);
CREATE POLICY of_other_systems ON accounts_machine FOR SELECT TO lienthong_web USING (role <> 'hospital' OR source <> '');
-- As authz.sees_hospital, written out: the session is asked once a statement, and a list of 12,000 accounts calls no
-- function for each.
CREATE POLICY of_province ON accounts_machine FOR SELECT TO lienthong_web
    USING (role = 'hospital' AND ((SELECT authz.everywhere()) OR coalesce((
        SELECT listed.province_code FROM catalogues_facility AS listed WHERE listed.code = facility_code
        ORDER BY listed.id DESC LIMIT 1),
        left(facility_code, 2)) = ANY ((SELECT authz.hospital_provinces())::text[])));
CREATE POLICY of_province_new ON accounts_machine FOR INSERT TO lienthong_web
    WITH CHECK (role = 'hospital' AND source = '' AND authz.manages_hospital(facility_code));
CREATE POLICY of_province_changed ON accounts_machine FOR UPDATE TO lienthong_web
    USING (role = 'hospital' AND authz.manages_hospital(facility_code));

-- Its staff and addresses: seen with the account, written by its province.
GRANT INSERT (machine_id, full_name, personal_id, added_by, added_at), UPDATE (full_name, added_by, added_at, ended_at)
ON accounts_machinestaff TO lienthong_web;
ALTER TABLE accounts_machinestaff ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_machinestaff TO lienthong_worker USING (true);
CREATE POLICY of_hospital ON accounts_machinestaff FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account WHERE account.id = machine_id));
CREATE POLICY of_province_new ON accounts_machinestaff FOR INSERT TO lienthong_web
    WITH CHECK (EXISTS (SELECT 1 FROM accounts_machine AS account
                        WHERE account.id = machine_id AND authz.manages_hospital(account.facility_code)));
CREATE POLICY of_province_changed ON accounts_machinestaff FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account
                   WHERE account.id = machine_id AND authz.manages_hospital(account.facility_code)));

GRANT SELECT, INSERT (machine_id, network, note, added_by, added_at), UPDATE (ended_at)
ON accounts_machineaddress TO lienthong_web;
ALTER TABLE accounts_machineaddress ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_machineaddress TO lienthong_worker USING (true);
CREATE POLICY of_hospital ON accounts_machineaddress FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account WHERE account.id = machine_id));
CREATE POLICY of_province_new ON accounts_machineaddress FOR INSERT TO lienthong_web
    WITH CHECK (EXISTS (SELECT 1 FROM accounts_machine AS account
                        WHERE account.id = machine_id AND authz.manages_hospital(account.facility_code)));
CREATE POLICY of_province_changed ON accounts_machineaddress FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account
                   WHERE account.id = machine_id AND authz.manages_hospital(account.facility_code)));

-- Its suspensions: an officer of the province or of the centre suspends and lifts; the system's own come by function.
GRANT SELECT, INSERT (machine_id, reason, detail, note, at, by), UPDATE (lifted_at, lifted_by, lifted_note)
ON accounts_suspension TO lienthong_web;
ALTER TABLE accounts_suspension ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_suspension TO lienthong_worker USING (true);
CREATE POLICY of_hospital ON accounts_suspension FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account WHERE account.id = machine_id));
CREATE POLICY of_officer_new ON accounts_suspension FOR INSERT TO lienthong_web
    WITH CHECK (reason = 'officer' AND by LIKE 'officer:%'
                AND EXISTS (SELECT 1 FROM accounts_machine AS account
                            WHERE account.id = machine_id AND authz.sees_hospital(account.facility_code)));
CREATE POLICY of_officer_lifted ON accounts_suspension FOR UPDATE TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account
                   WHERE account.id = machine_id AND authz.sees_hospital(account.facility_code)));

-- Addresses that were refused: written by the function below alone.
GRANT SELECT ON accounts_turnedaway TO lienthong_web, lienthong_worker;
ALTER TABLE accounts_turnedaway ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON accounts_turnedaway TO lienthong_worker USING (true);
CREATE POLICY of_hospital ON accounts_turnedaway FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account WHERE account.id = machine_id));

-- The hospital gave the right password from an address that is not registered: kept for its province to see.
CREATE FUNCTION authz.hospital_turned_away(account_name text, address inet) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    account bigint := (SELECT m.id FROM public.accounts_machine AS m
                       WHERE m.name = account_name AND m.role = 'hospital' AND m.is_active);
BEGIN
    IF account IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.accounts_turnedaway AS kept (machine_id, peer, refused_count)
    VALUES (account, host(hospital_turned_away.address), 1)
    ON CONFLICT (machine_id, peer) DO UPDATE
    SET refused_count = kept.refused_count + 1, last_at = clock_timestamp();
    DELETE FROM public.accounts_turnedaway AS old
    WHERE old.machine_id = account AND old.id NOT IN (
        SELECT newest.id FROM public.accounts_turnedaway AS newest
        WHERE newest.machine_id = account ORDER BY newest.last_at DESC, newest.id DESC LIMIT 20);
END $$;

-- A new password for a hospital of one's own province; every token given before is worth nothing from then on.
CREATE FUNCTION authz.set_hospital_password(machine bigint, new_hash text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.accounts_machine AS m
                   WHERE m.id = machine AND m.role = 'hospital' AND authz.manages_hospital(m.facility_code)) THEN
        RETURN false;
    END IF;
    INSERT INTO authz.credential (account_kind, account_id, password_hash) VALUES ('machine', machine, new_hash)
    ON CONFLICT (account_kind, account_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp();
    RETURN true;
END $$;

-- Since when the password stands; nothing for an account that the session does not see.
CREATE FUNCTION authz.hospital_password_set_at(machine bigint) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.changed_at FROM authz.credential AS c JOIN public.accounts_machine AS m ON m.id = c.account_id
    WHERE c.account_kind = 'machine' AND m.id = machine AND m.role = 'hospital' AND authz.sees_hospital(m.facility_code)
$$;
REVOKE ALL ON FUNCTION
    authz.hospital_turned_away(text, inet), authz.set_hospital_password(bigint, text),
    authz.hospital_password_set_at(bigint)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.hospital_turned_away(text, inet) TO lienthong_gateway, lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION authz.set_hospital_password(bigint, text) TO lienthong_web;
GRANT EXECUTE ON FUNCTION authz.hospital_password_set_at(bigint) TO lienthong_web, lienthong_worker;
