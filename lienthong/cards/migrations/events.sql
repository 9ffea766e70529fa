-- Cards: events, allowed moves, scope.
-- Reads database_move (by foreign key). Writes cards_event and one audit row a statement.

ALTER TABLE cards_event
    ADD CONSTRAINT cards_event_allowed FOREIGN KEY (machine, from_state, to_state)
    REFERENCES database_move (machine, from_state, to_state);

-- The only writer of events. The transition tables hold every row of the statement, so a million moves cost one
-- call. The digest goes into the sealed audit log: a changed or deleted event row no longer matches it.
CREATE FUNCTION cards_moved() RETURNS trigger
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
            jsonb_build_object('batch', batch_number, 'count', count(*)),
            sha256(convert_to(string_agg(
                cards_event_text(id, subject, at, from_state, to_state, by, reason), E'\n' ORDER BY id), 'UTF8')))::text
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
            jsonb_build_object('batch', batch_number, 'count', count(*)),
            sha256(convert_to(string_agg(
                cards_event_text(id, subject, at, from_state, to_state, by, reason), E'\n' ORDER BY id), 'UTF8')))::text
        INTO unused FROM written HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER cards_card_born AFTER INSERT ON cards_card
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cards_moved();
CREATE TRIGGER cards_card_moved AFTER UPDATE ON cards_card
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION cards_moved();

-- Text of one event, the same in the digest and in the check that recomputes it.
CREATE FUNCTION cards_event_text(
    id bigint, subject bigint, at timestamptz, from_state text, to_state text, by text, reason text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT concat_ws('|', id, subject, extract(epoch FROM at)::numeric(20, 6), from_state, to_state, by,
                     octet_length(reason), reason)
$$;

CREATE FUNCTION cards_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER cards_event_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON cards_event
    FOR EACH STATEMENT EXECUTE FUNCTION cards_event_kept();
