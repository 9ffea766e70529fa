-- Dossiers: events, allowed moves, scope.
-- Reads database_move (by foreign key). Writes dossiers_event and one audit row a statement.

ALTER TABLE dossiers_event
    ADD CONSTRAINT dossiers_event_allowed FOREIGN KEY (machine, from_state, to_state)
    REFERENCES database_move (machine, from_state, to_state);

-- The only writer of events. The transition tables hold every row of the statement, so a million moves cost one
-- call. The digest goes into the sealed audit log: a changed or deleted event row no longer matches it.
CREATE FUNCTION dossiers_moved() RETURNS trigger
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
            jsonb_build_object('batch', batch_number, 'count', count(*)),
            sha256(convert_to(string_agg(
                dossiers_event_text(id, subject, at, from_state, to_state, by, reason), E'\n' ORDER BY id), 'UTF8')))::text
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
            jsonb_build_object('batch', batch_number, 'count', count(*)),
            sha256(convert_to(string_agg(
                dossiers_event_text(id, subject, at, from_state, to_state, by, reason), E'\n' ORDER BY id), 'UTF8')))::text
        INTO unused FROM written HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER dossiers_dossier_born AFTER INSERT ON dossiers_dossier
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dossiers_moved();
CREATE TRIGGER dossiers_dossier_moved AFTER UPDATE ON dossiers_dossier
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION dossiers_moved();

-- Text of one event, the same in the digest and in the check that recomputes it.
CREATE FUNCTION dossiers_event_text(
    id bigint, subject bigint, at timestamptz, from_state text, to_state text, by text, reason text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT concat_ws('|', id, subject, extract(epoch FROM at)::numeric(20, 6), from_state, to_state, by,
                     octet_length(reason), reason)
$$;

CREATE FUNCTION dossiers_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER dossiers_event_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers_event
    FOR EACH STATEMENT EXECUTE FUNCTION dossiers_event_kept();

CREATE FUNCTION dossiers_dossier_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a dossier is never deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER dossiers_dossier_kept BEFORE DELETE ON dossiers_dossier
    FOR EACH STATEMENT EXECUTE FUNCTION dossiers_dossier_kept();
