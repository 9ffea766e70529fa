-- What a proof of one child needs: digests of moves in which each event stands for itself, and the two readings that
-- only the system may do, held to the area of who asks.

-- A digest over the digests of its lines: one event can be shown to be in it, the others stay hashes. Logged batches say
-- so (`form` 2); those logged before keep the digest over their texts.
CREATE FUNCTION dossiers_event_leaf(
    id bigint, subject bigint, at timestamptz, from_state text, to_state text, by text, reason text
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(dossiers_event_text(id, subject, at, from_state, to_state, by, reason), 'UTF8'))
$$;
CREATE FUNCTION cards_event_leaf(
    id bigint, subject bigint, at timestamptz, from_state text, to_state text, by text, reason text
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(cards_event_text(id, subject, at, from_state, to_state, by, reason), 'UTF8'))
$$;

CREATE OR REPLACE FUNCTION dossiers_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := current_setting('lienthong.by', true);
    decided timestamptz;
    batch_number bigint := nextval('database_event_batch');
    unused text;
BEGIN
    IF coalesce(who, '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    decided := current_setting('lienthong.at', true)::timestamptz;
    IF TG_OP = 'INSERT' THEN
        WITH written AS (
            INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)
            SELECT id, 'dossier', batch_number, decided, '', state, who, reason
            FROM new_rows ORDER BY id
            RETURNING id, dossier_id AS subject, at, from_state, to_state, by, reason
        )
        SELECT audit_write('dossier.moved', 'dossier',
            jsonb_build_object('batch', batch_number, 'count', count(*), 'form', 2),
            sha256(string_agg(
                dossiers_event_leaf(id, subject, at, from_state, to_state, by, reason), ''::bytea ORDER BY id)))::text
        INTO unused FROM written HAVING count(*) > 0;
    ELSE
        WITH written AS (
            INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)
            SELECT new_rows.id, 'dossier', batch_number, decided, old_rows.state, new_rows.state, who, new_rows.reason
            FROM new_rows JOIN old_rows USING (id)
            WHERE old_rows.state IS DISTINCT FROM new_rows.state ORDER BY new_rows.id
            RETURNING id, dossier_id AS subject, at, from_state, to_state, by, reason
        )
        SELECT audit_write('dossier.moved', 'dossier',
            jsonb_build_object('batch', batch_number, 'count', count(*), 'form', 2),
            sha256(string_agg(
                dossiers_event_leaf(id, subject, at, from_state, to_state, by, reason), ''::bytea ORDER BY id)))::text
        INTO unused FROM written HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION cards_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := current_setting('lienthong.by', true);
    decided timestamptz;
    batch_number bigint := nextval('database_event_batch');
    unused text;
BEGIN
    IF coalesce(who, '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    decided := current_setting('lienthong.at', true)::timestamptz;
    IF TG_OP = 'INSERT' THEN
        WITH written AS (
            INSERT INTO cards_event (card_id, machine, batch, at, from_state, to_state, by, reason)
            SELECT id, 'card', batch_number, decided, '', status, who, end_reason
            FROM new_rows ORDER BY id
            RETURNING id, card_id AS subject, at, from_state, to_state, by, reason
        )
        SELECT audit_write('card.moved', 'card',
            jsonb_build_object('batch', batch_number, 'count', count(*), 'form', 2),
            sha256(string_agg(
                cards_event_leaf(id, subject, at, from_state, to_state, by, reason), ''::bytea ORDER BY id)))::text
        INTO unused FROM written HAVING count(*) > 0;
    ELSE
        WITH written AS (
            INSERT INTO cards_event (card_id, machine, batch, at, from_state, to_state, by, reason)
            SELECT new_rows.id, 'card', batch_number, decided, old_rows.status, new_rows.status, who, new_rows.end_reason
            FROM new_rows JOIN old_rows USING (id)
            WHERE old_rows.status IS DISTINCT FROM new_rows.status ORDER BY new_rows.id
            RETURNING id, card_id AS subject, at, from_state, to_state, by, reason
        )
        SELECT audit_write('card.moved', 'card',
            jsonb_build_object('batch', batch_number, 'count', count(*), 'form', 2),
            sha256(string_agg(
                cards_event_leaf(id, subject, at, from_state, to_state, by, reason), ''::bytea ORDER BY id)))::text
        INTO unused FROM written HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

-- From an event to the events of its statement and to its entry in the log. Batches come in the order of the pages, so
-- that a few bytes a range do; the log's entries are one a statement.
CREATE INDEX dossiers_event_batch ON dossiers_event USING brin (batch) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX cards_event_batch ON cards_event USING brin (batch) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX audit_entry_batch ON audit_entry (((detail ->> 'batch')::bigint)) WHERE digest IS NOT NULL;

-- Whether who asks may take out a proof of a row of this area: the system itself, or a living session of an officer whose
-- role may (accounts.permissions) and whose area it is.
CREATE FUNCTION births_proof_reaches(area integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE current_setting('role')
               WHEN 'none' THEN pg_has_role(session_user, 'lienthong_worker', 'MEMBER')
               ELSE current_setting('role') = 'lienthong_worker' END
        OR (EXISTS (SELECT 1 FROM accounts_officer AS officer
                    WHERE officer.id = authz.officer() AND officer.role IN ('centre', 'province', 'head'))
            AND (authz.everywhere() OR births_proof_reaches.area = ANY (authz.areas())))
$$;

-- The bytes of the messages about these dossiers, as received.
CREATE FUNCTION births_proof_bodies(dossier_ids bigint[]) RETURNS TABLE (message_ref bigint, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT message.id, message.body
    FROM dossiers_dossier AS dossier
    JOIN births_registration AS registration ON registration.dossier_id = dossier.id
    JOIN births_message AS message ON message.registration_id = registration.id
    WHERE dossier.id = ANY (dossier_ids) AND births_proof_reaches(dossier.area)
    ORDER BY message.id
$$;

-- Of each statement that moved these dossiers or cards: its entry in the log, byte for byte (who, when, how many; nobody
-- is named in it), and of every event in it the hash alone.
CREATE FUNCTION births_proof_moves(dossier_ids bigint[], card_ids bigint[])
RETURNS TABLE (machine text, batch bigint, entry_id bigint, canonical bytea, leaves bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH own AS (
        SELECT DISTINCT 'dossier' AS machine, moved.batch
        FROM dossiers_dossier AS dossier JOIN dossiers_event AS moved ON moved.dossier_id = dossier.id
        WHERE dossier.id = ANY (dossier_ids) AND births_proof_reaches(dossier.area)
        UNION ALL
        SELECT DISTINCT 'card', moved.batch
        FROM cards_card AS card JOIN cards_event AS moved ON moved.card_id = card.id
        WHERE card.id = ANY (card_ids) AND births_proof_reaches(card.area)
    )
    SELECT own.machine, own.batch, logged.id, logged.canonical,
           CASE own.machine
               WHEN 'dossier' THEN (
                   SELECT string_agg(dossiers_event_leaf(id, dossier_id, at, from_state, to_state, by, reason),
                                     ''::bytea ORDER BY id)
                   FROM dossiers_event AS event WHERE event.batch = own.batch)
               ELSE (
                   SELECT string_agg(cards_event_leaf(id, card_id, at, from_state, to_state, by, reason),
                                     ''::bytea ORDER BY id)
                   FROM cards_event AS event WHERE event.batch = own.batch) END
    FROM own
    LEFT JOIN LATERAL (
        SELECT entry.id,
               record_send(ROW(entry.id, entry.at, entry.decided_at, entry.xact, entry.by, entry.account_id,
                               entry.action, entry.subject_kind, entry.subject_id, entry.purpose, entry.fields,
                               entry.request_id, entry.detail, entry.digest)) AS canonical
        FROM audit_entry AS entry
        WHERE (entry.detail ->> 'batch')::bigint = own.batch AND entry.digest IS NOT NULL
        LIMIT 1) AS logged ON true
    ORDER BY own.batch
$$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_proof_reaches(integer) OWNER TO lienthong_worker;
ALTER FUNCTION births_proof_bodies(bigint[]) OWNER TO lienthong_worker;
ALTER FUNCTION births_proof_moves(bigint[], bigint[]) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION births_proof_reaches(integer), births_proof_bodies(bigint[]),
    births_proof_moves(bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_proof_bodies(bigint[]), births_proof_moves(bigint[], bigint[])
    TO lienthong_web, lienthong_worker;

-- Hashes and signed roots say nothing of anybody.
GRANT SELECT ON audit_leaf, audit_checkpoint TO lienthong_web;
