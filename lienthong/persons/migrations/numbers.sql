-- Numbers: one ledger, one sequence (INV-10).

-- Django adds a second index for LIKE to every text key; nobody asks for numbers by pattern.
DO $$
DECLARE extra text;
BEGIN
    FOR extra IN SELECT indexname FROM pg_indexes WHERE tablename = 'persons_number' AND indexname LIKE '%_like' LOOP
        EXECUTE format('DROP INDEX %I', extra);
    END LOOP;
END $$;

-- The range that the centre gave this installation; its end is a refusal, not a wrap-around.
CREATE SEQUENCE persons_number_serial AS bigint MINVALUE 1000000001 START 2600000001 MAXVALUE 9999999999 NO CYCLE;

-- A number stays with its person; only its status may change. Nothing is deleted.
CREATE FUNCTION persons_number_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.number, NEW.person_id, NEW.origin, NEW.taken_at)
            IS DISTINCT FROM (OLD.number, OLD.person_id, OLD.origin, OLD.taken_at) THEN
        RAISE EXCEPTION 'a number is given once and for life' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_number_kept BEFORE UPDATE OR DELETE ON persons_number
    FOR EACH ROW EXECUTE FUNCTION persons_number_kept();

CREATE FUNCTION persons_person_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a person is never deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER persons_person_kept BEFORE DELETE ON persons_person
    FOR EACH STATEMENT EXECUTE FUNCTION persons_person_kept();

-- Racing approvals of one child queue up here and get a clean refusal instead of a deadlock (INV-14).
CREATE FUNCTION persons_lock(ids bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM (
        SELECT 1 FROM persons_person WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE) AS locked
$$;
GRANT EXECUTE ON FUNCTION persons_lock(bigint[]) TO lienthong_web, lienthong_worker;
