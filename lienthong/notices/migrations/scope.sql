-- Who may read and write notices and contacts, and the three acts that need more than a page's rights.
-- Reads: authz.session, accounts_officer. Writes: notices_notice, notices_contact, database_outbox, database_alarm.

ALTER TABLE notices_notice ALTER COLUMN words SET DEFAULT '{}';

GRANT SELECT ON notices_notice TO lienthong_web, lienthong_worker;
GRANT UPDATE (read_at) ON notices_notice TO lienthong_web;
-- A page never reads the token: who has it may stop optional notices.
GRANT SELECT (id, subject_kind, subject_id, channel, address, name, wants_optional, source, since, entered_by, ended_at,
              ended_by) ON notices_contact TO lienthong_web;
GRANT INSERT (subject_kind, subject_id, channel, address, name, wants_optional, source, since, entered_by),
      UPDATE (ended_at, ended_by) ON notices_contact TO lienthong_web;
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON notices_contact TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON notices_watermark TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
-- How far a letter has come, and the other side's short answer; never its payload.
GRANT SELECT (answer, next_at, lease_until) ON database_outbox TO lienthong_web;

-- The screen of letters asks for what is owed and what went lately, among millions that went long ago.
CREATE INDEX outbox_owed ON database_outbox (id) WHERE state <> 'sent';
CREATE INDEX outbox_sent_at ON database_outbox (sent_at) WHERE state = 'sent';

ALTER TABLE notices_notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_reader_or_area ON notices_notice FOR SELECT TO lienthong_web
    USING (account_id = (SELECT authz.officer())
           OR (channel <> 'page' AND ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]))));
CREATE POLICY of_reader ON notices_notice FOR UPDATE TO lienthong_web USING (account_id = (SELECT authz.officer()));
CREATE POLICY of_system ON notices_notice FOR SELECT TO lienthong_worker USING (true);

-- A family's contacts follow the child's own row; an officer's are his alone.
ALTER TABLE notices_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_subject ON notices_contact TO lienthong_web
    USING (CASE subject_kind WHEN 'officer' THEN subject_id = (SELECT authz.officer())
           ELSE audit_visible(subject_kind, subject_id) END);
CREATE POLICY of_system ON notices_contact TO lienthong_worker USING (true);

CREATE FUNCTION notices_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes text[] := CASE TG_TABLE_NAME WHEN 'notices_notice' THEN '{read_at}' ELSE '{ended_at,ended_by}' END::text[];
BEGIN
    IF TG_OP <> 'UPDATE' OR to_jsonb(NEW) - changes IS DISTINCT FROM to_jsonb(OLD) - changes
        OR to_jsonb(OLD) -> changes[1] <> 'null'::jsonb THEN
        RAISE EXCEPTION 'what was told, and where somebody could be reached, is written once'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notices_notice_kept BEFORE UPDATE OR DELETE ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION notices_kept();
CREATE TRIGGER notices_contact_kept BEFORE UPDATE OR DELETE ON notices_contact
    FOR EACH ROW EXECUTE FUNCTION notices_kept();

-- The only writer of notices. An officer's page is always there; an address only when it is current, and for optional
-- kinds only when its owner wants them. Runs as the owner: whose addresses those are is no business of who tells.
-- The letter's key is the recipient and its version the notice, so that one recipient's letters go in order.
CREATE FUNCTION notices_tell(news jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    teller text := current_setting('lienthong.by', true);
    decided timestamptz;
    told_count bigint;
BEGIN
    IF coalesce(teller, '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    decided := current_setting('lienthong.at', true)::timestamptz;
    WITH told AS (
        SELECT * FROM ROWS FROM (jsonb_to_recordset(news) AS (
            kind text, key text, subject_kind text, subject_id bigint, area integer, words jsonb, channels text[],
            optional boolean, for_officers boolean, officers bigint[])) WITH ORDINALITY AS each (
            kind, key, subject_kind, subject_id, area, words, channels, optional, for_officers, officers, place)
    ), addressed AS (
        SELECT told.*, 'page' AS channel, 'officer' AS to_kind, officer.id AS to_id
        FROM told JOIN accounts_officer AS officer ON officer.id = ANY (told.officers) AND officer.is_active
        WHERE told.for_officers AND 'page' = ANY (told.channels)
        UNION ALL
        SELECT told.*, contact.channel, contact.subject_kind, contact.subject_id
        FROM told
        JOIN notices_contact AS contact
          ON contact.subject_kind = 'officer' AND contact.subject_id = ANY (told.officers)
             AND contact.channel = ANY (told.channels) AND contact.ended_at IS NULL
             AND (contact.wants_optional OR NOT told.optional)
        JOIN accounts_officer AS officer ON officer.id = contact.subject_id AND officer.is_active
        WHERE told.for_officers
        UNION ALL
        SELECT told.*, contact.channel, contact.subject_kind, contact.subject_id
        FROM told
        JOIN notices_contact AS contact
          ON contact.subject_kind = told.subject_kind AND contact.subject_id = told.subject_id
             AND contact.channel = ANY (told.channels) AND contact.ended_at IS NULL
             AND (contact.wants_optional OR NOT told.optional)
        WHERE NOT told.for_officers
    ), written AS (
        INSERT INTO notices_notice (kind, key, channel, recipient, account_id, subject_kind, subject_id, area, words,
                                    made_at, made_by)
        SELECT kind, key, channel, to_kind || ':' || to_id, CASE to_kind WHEN 'officer' THEN to_id END, subject_kind,
               subject_id, area, words, decided, teller
        FROM addressed ORDER BY place, to_kind, to_id, channel
        ON CONFLICT (kind, key, recipient, channel) DO NOTHING
        RETURNING id, channel, recipient
    ), owed AS (
        INSERT INTO database_outbox (kind, key, version, payload)
        SELECT 'notice.' || channel, recipient, id::integer, '{}' FROM written WHERE channel <> 'page' ORDER BY id
    )
    SELECT count(*) INTO told_count FROM written;
    RETURN told_count;
END $$;

-- The reader of a link stops optional notices to that address, whoever he is: the token is the right. The id of the
-- contact, or NULL for a token that was never made. An old link works as long as the address is still the current one.
CREATE FUNCTION notices_stop(asked uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named notices_contact;
    present notices_contact;
    decided timestamptz := current_setting('lienthong.at', true)::timestamptz;
    who text := current_setting('lienthong.by', true);
BEGIN
    SELECT * INTO named FROM notices_contact WHERE token = asked;
    IF named.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO present FROM notices_contact
    WHERE subject_kind = named.subject_kind AND subject_id = named.subject_id AND channel = named.channel
      AND address = named.address AND ended_at IS NULL AND wants_optional FOR UPDATE;
    IF present.id IS NOT NULL THEN
        UPDATE notices_contact SET ended_at = decided, ended_by = who WHERE id = present.id;
        INSERT INTO notices_contact (subject_kind, subject_id, channel, address, name, wants_optional, source, since,
                                     entered_by)
        VALUES (present.subject_kind, present.subject_id, present.channel, present.address, present.name, false, 'link',
                decided, who);
    END IF;
    RETURN named.id;
END $$;

-- Letters that were given up or wait are tried again at once. Only by whom the screen is for, and only letters in reach:
-- a notice by its area; what the systems owe each other is the centre's and the administrator's.
CREATE FUNCTION notices_send_again(asked bigint[]) RETURNS SETOF bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH asker AS (
        SELECT session.everywhere OR officer.role = 'administrator' AS is_of_all
        FROM authz.alive(current_setting('lienthong.token', true)) AS session
        JOIN accounts_officer AS officer ON officer.id = session.officer_id
        WHERE officer.role IN ('centre', 'province', 'head', 'administrator')
    ), mine AS (
        SELECT letter.id FROM asker, database_outbox AS letter
        WHERE letter.id = ANY (asked) AND letter.state IN ('dead', 'pending')
          AND (letter.lease_until IS NULL OR letter.lease_until < statement_timestamp())
          AND (asker.is_of_all OR EXISTS (
              SELECT 1 FROM notices_notice AS notice
              WHERE notice.id = letter.version AND letter.kind = 'notice.' || notice.channel
                AND notice.area = ANY (authz.areas())))
        ORDER BY letter.id FOR UPDATE OF letter
    ), again AS (
        UPDATE database_outbox AS letter
        SET state = 'pending', next_at = clock_timestamp(), lease_until = NULL,
            attempts = CASE letter.state WHEN 'dead' THEN 0 ELSE letter.attempts END
        FROM mine WHERE letter.id = mine.id
        RETURNING letter.id, concat_ws(':', letter.kind, letter.key, letter.version) AS subject
    ), quietened AS (
        UPDATE database_alarm AS raised SET closed_at = clock_timestamp()
        FROM again
        WHERE raised.subject = again.subject AND raised.name = 'outbox.dead' AND raised.closed_at IS NULL
    )
    SELECT id FROM again ORDER BY id
$$;

REVOKE ALL ON FUNCTION notices_tell(jsonb), notices_stop(uuid), notices_send_again(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notices_tell(jsonb) TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION notices_stop(uuid), notices_send_again(bigint[]) TO lienthong_web;

INSERT INTO audit_subject (kind, table_name) VALUES ('notice', 'notices_notice');
