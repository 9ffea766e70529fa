-- Who is signed in and whose rows he sees. Nothing here is readable by lienthong_web: it may only call the
-- functions granted at the end, and they believe nothing but a session token or a keyed proof.
-- Times are the database server's: a changed clock of an application host opens nothing.

CREATE SCHEMA authz;
REVOKE ALL ON SCHEMA authz FROM PUBLIC;

-- One row 'session': the key of the proofs. The web process has it from its key file, its role cannot read it.
CREATE TABLE authz.secret (
    name text PRIMARY KEY,
    value bytea NOT NULL CHECK (octet_length(value) >= 32)
);

CREATE TABLE authz.credential (
    account_kind text NOT NULL CHECK (account_kind IN ('officer', 'machine')),
    account_id bigint NOT NULL,
    password_hash text NOT NULL CHECK (password_hash LIKE 'argon2$argon2id$%'),
    totp_secret bytea,
    totp_last_step bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_kind, account_id)
);

-- Failures are counted per account name and door (a known browser, or else a network address), so that a
-- stranger who fails for somebody's name delays himself alone. Names are kept as hashes: people type passwords
-- into the wrong field.
CREATE TABLE authz.attempt (
    name_sha bytea NOT NULL,
    door bytea NOT NULL,
    failure_count integer NOT NULL,
    next_allowed_at timestamptz NOT NULL,
    PRIMARY KEY (name_sha, door)
);

CREATE TABLE authz.device (
    token_sha bytea PRIMARY KEY,
    officer_id bigint NOT NULL REFERENCES public.accounts_officer,
    known_since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE authz.session (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_sha bytea NOT NULL UNIQUE CHECK (octet_length(token_sha) = 32),
    officer_id bigint NOT NULL REFERENCES public.accounts_officer,
    everywhere boolean NOT NULL,
    areas integer[] NOT NULL,
    provinces text[] NOT NULL,
    browser text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '8 hours',
    ended_at timestamptz,
    ended_why text NOT NULL DEFAULT '',
    CHECK ((ended_at IS NULL) = (ended_why = ''))
);
CREATE INDEX session_of_officer ON authz.session (officer_id) WHERE ended_at IS NULL;

-- The session of a token, if it is alive: not ended, not idle for 15 minutes, not older than 8 hours, and the
-- officer still active. Every other function asks here, so that loss of rights is immediate.
CREATE FUNCTION authz.alive(token text) RETURNS SETOF authz.session
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.*
    FROM authz.session AS s
    JOIN public.accounts_officer AS o ON o.id = s.officer_id
    WHERE s.token_sha = sha256(convert_to(token, 'UTF8'))
      AND s.ended_at IS NULL
      AND s.expires_at > clock_timestamp()
      AND s.last_seen_at > clock_timestamp() - interval '15 minutes'
      AND o.is_active
$$;

-- The areas this transaction may see: units named at sign-in, and for a province its units of this moment and
-- its parked rows (minus the province code).
CREATE FUNCTION authz.areas() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT s.areas
            || ARRAY(SELECT -(code::integer) FROM unnest(s.provinces) AS code)
            || ARRAY(
                SELECT u.id::integer FROM public.catalogues_unit AS u
                WHERE u.province_code = ANY (s.provinces))
        FROM authz.alive(current_setting('lienthong.token', true)) AS s), '{}')
$$;

-- A ministry asks after its own messages: this transaction carries a proof for that source, made with the key that
-- the web role cannot read. The statement itself names the source and the message.
CREATE FUNCTION authz.is_sender_reading() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT current_setting('lienthong.sender_proof', true)
            = encode(sha256(value || convert_to('sender|' || current_setting('lienthong.sender', true), 'UTF8')
                            || value), 'hex')
        FROM authz.secret WHERE name = 'session'), false)
$$;

CREATE FUNCTION authz.everywhere() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT authz.is_sender_reading() OR coalesce((
        SELECT s.everywhere FROM authz.alive(current_setting('lienthong.token', true)) AS s), false)
$$;

-- Opens a session for eight hours. The proof binds account, token and scope to a key that the calling role cannot
-- read: who can only run SQL as the web role cannot give himself anything.
CREATE FUNCTION authz.open_session(
    officer bigint, token_sha bytea, everywhere boolean, areas integer[], provinces text[], browser text,
    proof bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key bytea := (SELECT value FROM authz.secret WHERE name = 'session');
    said bytea := convert_to(concat_ws('|', officer, encode(token_sha, 'hex'), everywhere::text,
                                       array_to_string(areas, ','), array_to_string(provinces, ',')), 'UTF8');
    opened bigint;
BEGIN
    IF key IS NULL OR proof IS DISTINCT FROM sha256(key || said || key) THEN
        RAISE EXCEPTION 'no proof' USING ERRCODE = '28000';
    END IF;
    INSERT INTO authz.session (token_sha, officer_id, everywhere, areas, provinces, browser)
    SELECT open_session.token_sha, o.id, open_session.everywhere, open_session.areas,
           open_session.provinces, left(open_session.browser, 200)
    FROM public.accounts_officer AS o WHERE o.id = officer AND o.is_active
    RETURNING id INTO opened;
    IF opened IS NULL THEN
        RAISE EXCEPTION 'no such officer' USING ERRCODE = '28000';
    END IF;
    RETURN opened;
END $$;

-- The account behind a token; notes that it was seen, at most twice a minute.
CREATE FUNCTION authz.touch(token text) RETURNS TABLE (
    session_id bigint, officer_id bigint, username text, full_name text, person_key bigint, role text,
    province_code text, unit_code text, everywhere boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE authz.session AS s SET last_seen_at = clock_timestamp()
    WHERE s.id IN (SELECT a.id FROM authz.alive(token) AS a
                   WHERE a.last_seen_at < clock_timestamp() - interval '30 seconds');
    RETURN QUERY
    SELECT s.id, o.id, o.username, o.full_name, o.person_key, o.role, o.province_code, o.unit_code, s.everywhere
    FROM authz.alive(token) AS s JOIN public.accounts_officer AS o ON o.id = s.officer_id;
END $$;

CREATE FUNCTION authz.close(token text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH closed AS (
        UPDATE authz.session AS s SET ended_at = clock_timestamp(), ended_why = 'signed_out'
        WHERE s.token_sha = sha256(convert_to(token, 'UTF8')) AND s.ended_at IS NULL RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM closed)
$$;

-- One's own living sessions, newest first.
CREATE FUNCTION authz.own_sessions(token text) RETURNS TABLE (
    id bigint, browser text, opened_at timestamptz, last_seen_at timestamptz, expires_at timestamptz, is_this boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, s.browser, s.opened_at, s.last_seen_at, s.expires_at, s.id = mine.id
    FROM authz.alive(token) AS mine
    JOIN authz.session AS s ON s.officer_id = mine.officer_id AND s.ended_at IS NULL
     AND s.expires_at > clock_timestamp() AND s.last_seen_at > clock_timestamp() - interval '15 minutes'
    ORDER BY s.id DESC
$$;

CREATE FUNCTION authz.close_own(token text, session_id bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH closed AS (
        UPDATE authz.session AS s SET ended_at = clock_timestamp(), ended_why = 'ended_by_officer'
        FROM authz.alive(token) AS mine
        WHERE s.id = session_id AND s.officer_id = mine.officer_id AND s.ended_at IS NULL RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM closed)
$$;

-- One attempt to sign in, counted before the password is looked at, so that a thousand guesses at once count a
-- thousand. Answers the seconds to wait, or (0, what the password is checked against). The delay grows from the
-- fourth failure on: 1, 2, 4 … seconds, 15 minutes at most; old failures are forgotten after a day.
CREATE FUNCTION authz.begin_attempt(kind text, account_name text, device text, address text)
RETURNS TABLE (wait_seconds integer, account_id bigint, password_hash text, totp_secret bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    account bigint := CASE kind
        WHEN 'officer' THEN (SELECT o.id FROM public.accounts_officer AS o
                             WHERE o.username = account_name AND o.is_active)
        ELSE (SELECT m.id FROM public.accounts_machine AS m WHERE m.name = account_name AND m.is_active) END;
    named bytea := sha256(convert_to(kind || ':' || account_name, 'UTF8'));
    through bytea := authz.door(account, device, address);
    free_at timestamptz;
BEGIN
    DELETE FROM authz.attempt AS a WHERE a.next_allowed_at < clock_timestamp() - interval '1 day';
    INSERT INTO authz.attempt AS a (name_sha, door, failure_count, next_allowed_at)
    VALUES (named, through, 0, clock_timestamp())
    ON CONFLICT DO NOTHING;
    SELECT a.next_allowed_at INTO free_at FROM authz.attempt AS a
    WHERE a.name_sha = named AND a.door = through FOR UPDATE;
    IF free_at > clock_timestamp() THEN
        RETURN QUERY SELECT ceil(extract(epoch FROM free_at - clock_timestamp()))::integer,
                            NULL::bigint, NULL::text, NULL::bytea;
        RETURN;
    END IF;
    UPDATE authz.attempt AS a
    SET failure_count = a.failure_count + 1,
        next_allowed_at = clock_timestamp() + make_interval(
            secs => CASE WHEN a.failure_count < 3 THEN 0 ELSE least(900, 2 ^ (a.failure_count - 3)) END)
    WHERE a.name_sha = named AND a.door = through;
    RETURN QUERY SELECT 0, c.account_id, c.password_hash, c.totp_secret
    FROM (SELECT 1) AS one
    LEFT JOIN authz.credential AS c ON c.account_kind = kind AND c.account_id = account;
END $$;

CREATE FUNCTION authz.door(account bigint, device text, address text) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(CASE WHEN EXISTS (
            SELECT 1 FROM authz.device AS d
            WHERE d.officer_id = account AND d.token_sha = sha256(convert_to(device, 'UTF8')))
        THEN 'device:' || device ELSE 'address:' || address END, 'UTF8'))
$$;

-- The attempt was good: its failures are forgotten and, for an officer, the browser is known from now on.
CREATE FUNCTION authz.forget_attempts(kind text, account_name text, device text, address text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    account bigint := (SELECT o.id FROM public.accounts_officer AS o
                       WHERE kind = 'officer' AND o.username = account_name AND o.is_active);
BEGIN
    DELETE FROM authz.attempt AS a
    WHERE a.name_sha = sha256(convert_to(kind || ':' || account_name, 'UTF8'))
      AND a.door = authz.door(account, device, address);
    IF account IS NOT NULL AND device <> '' THEN
        INSERT INTO authz.device (token_sha, officer_id)
        VALUES (sha256(convert_to(device, 'UTF8')), account) ON CONFLICT DO NOTHING;
    END IF;
END $$;

-- A one-time code counts once: true for the first use of its 30-second step, false for any repetition.
CREATE FUNCTION authz.take_totp_step(officer bigint, step bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH taken AS (
        UPDATE authz.credential AS c SET totp_last_step = step
        WHERE c.account_kind = 'officer' AND c.account_id = officer AND c.totp_last_step < step RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM taken)
$$;

-- One's own credential: what a signed-in officer's password and second factor are checked against.
CREATE FUNCTION authz.own_credential(token text) RETURNS TABLE (password_hash text, totp_secret bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.password_hash, c.totp_secret
    FROM authz.alive(token) AS s
    JOIN authz.credential AS c ON c.account_kind = 'officer' AND c.account_id = s.officer_id
$$;

-- A new password for oneself; every other session of the officer ends.
CREATE FUNCTION authz.set_own_password(token text, new_hash text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE mine authz.session := (SELECT s FROM authz.alive(token) AS s);
BEGIN
    UPDATE authz.credential AS c SET password_hash = new_hash, changed_at = clock_timestamp()
    WHERE c.account_kind = 'officer' AND c.account_id = mine.officer_id;
    UPDATE authz.session AS s SET ended_at = clock_timestamp(), ended_why = 'password_changed'
    WHERE s.officer_id = mine.officer_id AND s.id <> mine.id AND s.ended_at IS NULL;
    RETURN mine.id IS NOT NULL;
END $$;

CREATE FUNCTION authz.set_own_totp(token text, new_secret bytea, first_step bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH changed AS (
        UPDATE authz.credential AS c
        SET totp_secret = new_secret, totp_last_step = first_step, changed_at = clock_timestamp()
        FROM authz.alive(token) AS s
        WHERE c.account_kind = 'officer' AND c.account_id = s.officer_id RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM changed)
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA authz FROM PUBLIC;
GRANT USAGE ON SCHEMA authz TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION authz.areas(), authz.everywhere() TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION
    authz.open_session(bigint, bytea, boolean, integer[], text[], text, bytea), authz.touch(text),
    authz.close(text), authz.own_sessions(text), authz.close_own(text, bigint),
    authz.begin_attempt(text, text, text, text), authz.forget_attempts(text, text, text, text),
    authz.take_totp_step(bigint, bigint), authz.own_credential(text), authz.set_own_password(text, text),
    authz.set_own_totp(text, bytea, bigint)
TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON authz.credential, authz.session TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON
    public.accounts_officer, public.accounts_machine, public.accounts_machinestaff, public.accounts_senderkey
TO lienthong_worker;
GRANT SELECT ON
    public.accounts_officer, public.accounts_machine, public.accounts_machinestaff, public.accounts_senderkey
TO lienthong_web;
