-- Messages are kept for ever, byte for byte (INV-01).

CREATE FUNCTION births_message_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR (NEW.source, NEW.message_id, NEW.body, NEW.received_at, NEW.channel)
            IS DISTINCT FROM (OLD.source, OLD.message_id, OLD.body, OLD.received_at, OLD.channel) THEN
        RAISE EXCEPTION 'a message is kept as received' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_message_kept BEFORE DELETE OR UPDATE OF source, message_id, body, received_at, channel
    ON births_message FOR EACH ROW EXECUTE FUNCTION births_message_kept();

CREATE FUNCTION births_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER births_birth_kept BEFORE UPDATE OR DELETE ON births_birth
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
CREATE TRIGGER births_delivery_kept BEFORE UPDATE OR DELETE ON births_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
