-- Old numbers, former personal ids, what is wrong with numbers: who sees them, what is written once, what writes itself.
-- Reads: persons_person, persons_number, persons_entry, dossiers_dossier. Writes: the tables of this file alone.

-- A number as written, without blanks and signs, in capitals; the same as `law.numbering.number_key`.
CREATE FUNCTION persons_number_key(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(upper(written COLLATE "C"), '[^0-9A-Z]', '', 'g')
$$;

-- The next number that nobody holds, was told to hold, or has in an old book: those are passed over for ever.
CREATE FUNCTION persons_next_number() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    drawn text;
BEGIN
    LOOP
        drawn := lpad(nextval('persons_number_serial')::text, 10, '0');
        EXIT WHEN NOT EXISTS (SELECT 1 FROM persons_number AS ledger WHERE ledger.number = drawn)
              AND NOT EXISTS (SELECT 1 FROM persons_entry AS entry WHERE entry.insurance_number = drawn
                              AND entry.insurance_number <> '')
              AND NOT EXISTS (SELECT 1 FROM persons_oldnumber AS old WHERE old.key = drawn AND old.status = 'noted');
    END LOOP;
    RETURN drawn;
END $$;

-- Whoever is named by a number of any time: held, merged, wrong, as written in an old book, a personal id of now or
-- before. The record that stands for each, or the merged one where a page sees no more; nobody for an unknown text.
CREATE FUNCTION persons_numbered(said text) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH key (said) AS (SELECT persons_number_key(persons_numbered.said))
    SELECT DISTINCT coalesce(persons_survivor(found.id), found.id) FROM (
        SELECT ledger.person_id AS id FROM persons_number AS ledger JOIN key ON ledger.number = key.said
        UNION ALL
        SELECT old.person_id FROM persons_oldnumber AS old JOIN key ON old.key = key.said AND old.status = 'noted'
        UNION ALL
        SELECT person.id FROM persons_person AS person JOIN key ON person.personal_id = key.said
        WHERE person.merged_into_id IS NULL
        UNION ALL
        SELECT person.id FROM persons_person AS person JOIN key ON person.personal_id = key.said
        WHERE person.merged_into_id IS NOT NULL
        UNION ALL
        SELECT former.person_id FROM persons_identifier AS former JOIN key ON former.personal_id = key.said
        WHERE former.status IN ('replaced', 'cancelled')) AS found
$$;

-- The same for a reader who may see the person but not the record that was merged into his: ids alone.
CREATE FUNCTION persons_holders(said text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT persons_numbered(persons_holders.said)
$$;

-- What became of a number, in the instant it did.
CREATE FUNCTION persons_number_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO persons_numberevent (number_id, at, from_status, to_status, by)
    VALUES (NEW.number, coalesce(nullif(current_setting('lienthong.at', true), '')::timestamptz, clock_timestamp()),
            OLD.status, NEW.status, coalesce(nullif(current_setting('lienthong.by', true), ''), 'system'));
    RETURN NULL;
END $$;
CREATE TRIGGER persons_number_moved AFTER UPDATE OF status ON persons_number
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION persons_number_moved();

-- A personal id that changes stays recorded (rules 3.2). Sex, century and year stand in its digits 4 to 6: where those
-- move it was set anew and the former one cancelled, else it was replaced; withdrawn when none came in its place.
CREATE FUNCTION persons_identifier_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decided timestamptz := coalesce(nullif(current_setting('lienthong.at', true), '')::timestamptz, clock_timestamp());
    who text := coalesce(nullif(current_setting('lienthong.by', true), ''), 'system');
    ended text := CASE WHEN NEW.personal_id IS NULL THEN 'withdrawn'
                       WHEN substr(NEW.personal_id, 4, 3) = substr(OLD.personal_id, 4, 3) THEN 'replaced'
                       ELSE 'cancelled' END;
BEGIN
    IF OLD.personal_id IS NOT NULL THEN
        UPDATE persons_identifier AS held
        SET status = ended, valid = tstzrange(lower(held.valid), greatest(decided, lower(held.valid)), '[]'), said_by = who
        WHERE held.person_id = NEW.id AND held.status = 'active';
        IF NOT FOUND THEN
            INSERT INTO persons_identifier (person_id, personal_id, valid, status, said_by)
            VALUES (NEW.id, OLD.personal_id, tstzrange(least(OLD.made_at, decided), decided, '[]'), ended, who);
        END IF;
    END IF;
    IF NEW.personal_id IS NOT NULL THEN
        INSERT INTO persons_identifier (person_id, personal_id, valid, status, said_by)
        VALUES (NEW.id, NEW.personal_id, tstzrange(decided, NULL), 'active', who);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER persons_identifier_moved AFTER UPDATE OF personal_id ON persons_person
    FOR EACH ROW WHEN (OLD.personal_id IS DISTINCT FROM NEW.personal_id) EXECUTE FUNCTION persons_identifier_moved();

-- An entry that tells a number, or tells it of another person, is looked at.
CREATE FUNCTION persons_entry_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO persons_numbercheck (entry_id)
    SELECT told.id FROM told
    WHERE told.person_id IS NOT NULL AND (told.insurance_number <> '' OR told.personal_id <> '')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION persons_entry_retold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO persons_numbercheck (entry_id)
    SELECT told.id FROM told JOIN before ON before.id = told.id
    WHERE told.person_id IS NOT NULL
      AND (told.person_id, told.insurance_number, told.personal_id)
          IS DISTINCT FROM (before.person_id, before.insurance_number, before.personal_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER persons_entry_told AFTER INSERT ON persons_entry
    REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION persons_entry_told();
CREATE TRIGGER persons_entry_retold AFTER UPDATE ON persons_entry
    REFERENCING NEW TABLE AS told OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION persons_entry_retold();

-- Events and former ids are written by the database alone and never again.
CREATE FUNCTION persons_history_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER persons_numberevent_kept BEFORE UPDATE OR DELETE ON persons_numberevent
    FOR EACH ROW EXECUTE FUNCTION persons_history_kept();
CREATE FUNCTION persons_identifier_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = 'active' AND (NEW.id, NEW.person_id, NEW.personal_id, lower(NEW.valid))
                IS NOT DISTINCT FROM (OLD.id, OLD.person_id, OLD.personal_id, lower(OLD.valid)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an id once held stays recorded' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER persons_identifier_kept BEFORE UPDATE OR DELETE ON persons_identifier
    FOR EACH ROW EXECUTE FUNCTION persons_identifier_kept();

CREATE FUNCTION persons_oldnumber_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{status,withdrawn_by,withdrawn_at}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'noted' OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'an old number stays as written' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_oldnumber_kept BEFORE UPDATE OR DELETE ON persons_oldnumber
    FOR EACH ROW EXECUTE FUNCTION persons_oldnumber_kept();

CREATE FUNCTION persons_numbermatter_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{closed_at,closed_as,area,other_area}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL
            OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'what was found stays as found' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_numbermatter_kept BEFORE UPDATE OR DELETE ON persons_numbermatter
    FOR EACH ROW EXECUTE FUNCTION persons_numbermatter_kept();

-- A repair is proposed once, answered once and done once.
CREATE FUNCTION persons_numberrepair_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := CASE OLD.state
        WHEN 'proposed' THEN '{state,confirmed_person,confirmed_by,confirmed_at,effects,done_at,refused_by,refused_at,refused_note}'
        WHEN 'confirmed' THEN '{state,done_at,card_id,trouble}' ELSE '{}' END;
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('done', 'refused')
            OR (OLD.state = 'confirmed' AND NEW.state NOT IN ('confirmed', 'done'))
            OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'a repair is written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_numberrepair_kept BEFORE UPDATE OR DELETE ON persons_numberrepair
    FOR EACH ROW EXECUTE FUNCTION persons_numberrepair_kept();

GRANT SELECT ON persons_numberevent, persons_identifier TO lienthong_web, lienthong_worker;
GRANT INSERT ON persons_numberevent, persons_identifier TO lienthong_worker;
GRANT UPDATE (status, valid, said_by) ON persons_identifier TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON persons_numbercheck TO lienthong_worker;
INSERT INTO persons_numbernight (id, done_on, after_id) VALUES (1, NULL, 0);
GRANT SELECT, UPDATE ON persons_numbernight TO lienthong_worker;
GRANT SELECT, INSERT ON persons_oldnumber TO lienthong_web, lienthong_worker;
GRANT UPDATE (status, withdrawn_by, withdrawn_at) ON persons_oldnumber TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT ON persons_numbermatter, persons_numberrepair TO lienthong_web, lienthong_worker;
GRANT UPDATE (closed_at, closed_as, area, other_area) ON persons_numbermatter TO lienthong_worker;
GRANT UPDATE ON persons_numberrepair TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION persons_next_number() OWNER TO lienthong_worker;
ALTER FUNCTION persons_holders(text) OWNER TO lienthong_worker;
ALTER FUNCTION persons_number_moved() OWNER TO lienthong_worker;
ALTER FUNCTION persons_identifier_moved() OWNER TO lienthong_worker;
ALTER FUNCTION persons_entry_told() OWNER TO lienthong_worker;
ALTER FUNCTION persons_entry_retold() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION persons_next_number(), persons_holders(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_holders(text) TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION persons_next_number() TO lienthong_worker;

-- What is of a person is seen with the person, row by row; a matter by the units of both.
ALTER TABLE persons_numberevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_number ON persons_numberevent FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_number AS seen WHERE seen.number = number_id OFFSET 0));
CREATE POLICY of_system ON persons_numberevent TO lienthong_worker USING (true);
ALTER TABLE persons_identifier ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_person ON persons_identifier FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_person AS seen WHERE seen.id = person_id OFFSET 0));
CREATE POLICY of_system ON persons_identifier TO lienthong_worker USING (true);
ALTER TABLE persons_oldnumber ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_person ON persons_oldnumber TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_person AS seen WHERE seen.id = person_id OFFSET 0));
CREATE POLICY of_system ON persons_oldnumber TO lienthong_worker USING (true);
ALTER TABLE persons_numbercheck ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON persons_numbercheck TO lienthong_worker USING (true);
ALTER TABLE persons_numbermatter ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_numbermatter FORCE ROW LEVEL SECURITY;
CREATE POLICY of_areas ON persons_numbermatter TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[])
           OR other_area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_numbermatter TO lienthong_worker USING (true);
ALTER TABLE persons_numberrepair ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_numberrepair FORCE ROW LEVEL SECURITY;
CREATE POLICY of_matter ON persons_numberrepair TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_numbermatter AS seen WHERE seen.id = matter_id OFFSET 0));
CREATE POLICY of_system ON persons_numberrepair TO lienthong_worker USING (true);

-- Who looked at a matter may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('number_matter', 'persons_numbermatter');
