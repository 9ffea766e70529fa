-- Intake: what the database says of an arriving message by itself.

-- Two ids that differ only in case or in the way marks are typed are two messages (bytes are compared), but the
-- officer is told. Only ids that are not in their plain form are indexed: two alike ids cannot both be plain.
CREATE FUNCTION births_plain_id(message_id text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN upper(normalize(message_id, NFC));
CREATE INDEX births_message_not_plain ON births_message (source, births_plain_id(message_id))
    WHERE message_id <> births_plain_id(message_id);
CREATE FUNCTION births_has_similar_id(of_source text, of_message_id text) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (
        SELECT FROM births_message AS other
        WHERE other.source = of_source AND births_plain_id(other.message_id) = births_plain_id(of_message_id)
            AND other.message_id <> births_plain_id(other.message_id) AND other.message_id <> of_message_id
    ) OR (of_message_id <> births_plain_id(of_message_id) AND EXISTS (
        SELECT FROM births_message AS other
        WHERE other.source = of_source AND other.message_id = births_plain_id(of_message_id)
    ));

-- The web role may not read the bytes of a message, and yet a conflict that only differs in blanks is to be told
-- from one that differs in meaning: so the database compares, and says no more than yes or no.
CREATE FUNCTION births_conflict_equivalent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    BEGIN
        SELECT convert_from(message.body, 'UTF8')::jsonb = convert_from(NEW.body, 'UTF8')::jsonb
        INTO STRICT NEW.equivalent FROM births_message AS message WHERE message.id = NEW.message_id;
    EXCEPTION WHEN data_exception OR program_limit_exceeded OR no_data_found THEN
        NEW.equivalent := false;
    END;
    RETURN NEW;
END $$;
CREATE TRIGGER births_conflict_equivalent BEFORE INSERT ON births_conflict
    FOR EACH ROW EXECUTE FUNCTION births_conflict_equivalent();
CREATE TRIGGER births_conflict_kept BEFORE UPDATE OR DELETE ON births_conflict
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

-- Bad signatures are counted by address whenever one comes in.
CREATE INDEX births_delivery_bad_signature ON births_delivery (peer, received_at) WHERE code = 'E-SIG-BAD';

-- What the door remarked on a message (an old key, an id like another) stays on it, however often it is judged.
CREATE FUNCTION births_door_warnings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.warnings := ARRAY(
        SELECT remark FROM unnest(OLD.warnings) AS remark
        WHERE remark IN ('W-KEY-OLD', 'W-MSGID-SIMILAR') AND remark <> ALL (NEW.warnings)) || NEW.warnings;
    RETURN NEW;
END $$;
CREATE TRIGGER births_door_warnings BEFORE UPDATE OF warnings ON births_message FOR EACH ROW
    WHEN (OLD.warnings && ARRAY['W-KEY-OLD', 'W-MSGID-SIMILAR'])
    EXECUTE FUNCTION births_door_warnings();
