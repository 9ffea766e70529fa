-- Hospitals at the gateway: a role that reads no table, and what it may ask about an account before it opens.
-- Reads: accounts_machine, _machineaddress, _suspension, authz.credential. Writes: nothing.

DO $$
BEGIN
    CREATE ROLE lienthong_gateway NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

ALTER TABLE accounts_suspension ALTER COLUMN detail SET DEFAULT '{}';
-- A block of addresses, as PostgreSQL writes it: no second spelling of the same one.
ALTER TABLE accounts_machineaddress
    ADD CONSTRAINT machine_address_is_a_network CHECK (network = network::cidr::text);

GRANT SELECT, INSERT, UPDATE ON accounts_machineaddress, accounts_suspension TO lienthong_worker;
GRANT USAGE ON SEQUENCE accounts_machineaddress_id_seq, accounts_suspension_id_seq TO lienthong_worker;

-- A suspension is lifted once; nothing else of it changes, and none is deleted.
CREATE FUNCTION accounts_suspension_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL
            OR (to_jsonb(NEW) - '{lifted_at,lifted_by,lifted_note}'::text[])
                IS DISTINCT FROM (to_jsonb(OLD) - '{lifted_at,lifted_by,lifted_note}'::text[]) THEN
        RAISE EXCEPTION 'a suspension can only be lifted, once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_suspension_kept BEFORE UPDATE OR DELETE ON accounts_suspension
    FOR EACH ROW EXECUTE FUNCTION accounts_suspension_kept();

-- Whether a hospital may open a token from that address; no row for an account that is none of a hospital.
-- `password_changed_at` goes into the token: a new password ends the old tokens.
CREATE FUNCTION authz.hospital_door(account_name text, address inet) RETURNS TABLE (
    machine_id bigint, facility_code text, is_suspended boolean, is_known_address boolean,
    password_changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.id, m.facility_code,
           EXISTS (SELECT 1 FROM public.accounts_suspension AS s WHERE s.machine_id = m.id AND s.lifted_at IS NULL),
           EXISTS (SELECT 1 FROM public.accounts_machineaddress AS a
                   WHERE a.machine_id = m.id AND a.ended_at IS NULL AND hospital_door.address <<= a.network::cidr),
           c.changed_at
    FROM public.accounts_machine AS m
    JOIN authz.credential AS c ON c.account_kind = 'machine' AND c.account_id = m.id
    WHERE m.name = account_name AND m.role = 'hospital' AND m.is_active
$$;
REVOKE ALL ON FUNCTION authz.hospital_door(text, inet) FROM PUBLIC;
GRANT USAGE ON SCHEMA authz TO lienthong_gateway;
GRANT EXECUTE ON FUNCTION
    authz.hospital_door(text, inet), authz.begin_attempt(text, text, text, text),
    authz.forget_attempts(text, text, text, text)
TO lienthong_gateway;
GRANT EXECUTE ON FUNCTION authz.hospital_door(text, inet) TO lienthong_web, lienthong_worker;
