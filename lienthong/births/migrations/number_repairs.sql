-- What a repair of a number does, in the statement that confirms it.
-- Reads: persons_numbermatter, cards_card, authz.decoy. Writes: persons_number, persons_oldnumber, dossiers_dossier,
-- persons_numbermatter. Grain: one repair. Repeatable: a repair is confirmed once.
-- Refuses: a number that another person holds, a decoy, a card that waits with the number of before, persons out of reach.
-- Pages have no right to write the ledger: these functions write what a repair means and nothing an officer typed.

-- A number of the ledger gets this status, and comes into the ledger when it was not there; what changed.
CREATE FUNCTION births_number_set(of_person bigint, of_number text, to_status text, decided timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was record;
BEGIN
    SELECT ledger.person_id, ledger.status INTO was FROM persons_number AS ledger
    WHERE ledger.number = of_number FOR UPDATE;
    IF NOT FOUND THEN
        IF EXISTS (SELECT 1 FROM authz.decoy AS decoy WHERE decoy.number = of_number) THEN
            RAISE EXCEPTION 'no number of a person' USING ERRCODE = '23514', CONSTRAINT = 'births_number_reserved';
        END IF;
        INSERT INTO persons_number (number, person_id, status, origin, taken_at)
        VALUES (of_number, of_person, to_status, 'told', decided);
        RETURN jsonb_build_object('person', of_person, 'number', of_number, 'before', NULL, 'after', to_status);
    END IF;
    IF was.person_id <> of_person THEN
        RAISE EXCEPTION 'the number of another person' USING ERRCODE = '23514', CONSTRAINT = 'births_number_of_another';
    END IF;
    UPDATE persons_number SET status = to_status WHERE number = of_number AND status <> to_status;
    RETURN jsonb_build_object('person', of_person, 'number', of_number, 'before', was.status, 'after', to_status);
END $$;

-- A person gets a number of his own from the sequence, his dossiers with it; what changed.
CREATE FUNCTION births_number_give(of_person bigint, decided timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given text := persons_next_number();
BEGIN
    INSERT INTO persons_number (number, person_id, status, origin, taken_at)
    VALUES (given, of_person, 'active', 'allotted', decided);
    RETURN jsonb_build_object('person', of_person, 'number', given, 'before', NULL, 'after', 'active');
END $$;

-- An old number leads to the person for ever.
CREATE FUNCTION births_number_note(of_person bigint, matter persons_numbermatter, who text, decided timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO persons_oldnumber (person_id, written, key, source, noted_by, noted_at)
    SELECT of_person, matter.written, matter.key, matter.source, who, decided
    WHERE NOT EXISTS (SELECT 1 FROM persons_number AS ledger
                      WHERE ledger.number = matter.key AND ledger.person_id = of_person)
    ON CONFLICT DO NOTHING
$$;

-- One number told of two: it stays with one of them and the other gets a number of his own. A number of the ledger never
-- moves to another person: where its holder is not who keeps it, it is closed, leads to both for ever, and both get others.
CREATE FUNCTION births_repair_claim(of_number text, keeper bigint, leaver bigint, decided timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    holder bigint;
    has_own boolean := EXISTS (SELECT 1 FROM persons_number AS ledger
                               WHERE ledger.person_id = keeper AND ledger.status = 'active');
    effects jsonb := '[]';
BEGIN
    SELECT ledger.person_id INTO holder FROM persons_number AS ledger WHERE ledger.number = of_number FOR UPDATE;
    IF holder IS NULL THEN
        effects := effects || births_number_set(
            keeper, of_number, CASE WHEN has_own THEN 'merged_into' ELSE 'active' END, decided);
        has_own := true;
    ELSIF persons_survivor(holder) NOT IN (keeper, leaver) THEN
        RAISE EXCEPTION 'the number of another person' USING ERRCODE = '23514', CONSTRAINT = 'births_number_of_another';
    ELSIF persons_survivor(holder) = leaver THEN
        effects := effects || births_number_set(holder, of_number, 'revoked', decided);
    END IF;
    IF NOT has_own THEN
        effects := effects || births_number_give(keeper, decided);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM persons_number AS ledger
                   WHERE ledger.person_id = leaver AND ledger.status = 'active') THEN
        effects := effects || births_number_give(leaver, decided);
    END IF;
    RETURN effects;
END $$;

-- The rows of the ledger that a repair changes, before and after; old numbers are noted on the way.
CREATE FUNCTION births_repair_apply(matter persons_numbermatter, keep text, who text, decided timestamptz)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose CONSTANT bigint := persons_survivor(matter.person_id);
    theirs CONSTANT bigint := persons_survivor(matter.other_id);
    held text;
    effects jsonb := '[]';
BEGIN
    PERFORM persons_lock(array_remove(ARRAY[whose, theirs], NULL));
    IF matter.closed_at IS NOT NULL OR whose = theirs THEN
        RAISE EXCEPTION 'settled meanwhile' USING ERRCODE = '23514', CONSTRAINT = 'births_repair_settled';
    END IF;
    SELECT ledger.number INTO held FROM persons_number AS ledger
    WHERE ledger.person_id = whose AND ledger.status = 'active' FOR UPDATE;
    IF keep = 'nothing' THEN
        RETURN effects;
    ELSIF keep = 'held' AND held IS NULL OR keep = 'new' AND held IS NOT NULL AND held <> matter.key THEN
        RAISE EXCEPTION 'not to be kept so' USING ERRCODE = '23514', CONSTRAINT = 'births_repair_keep';
    END IF;
    CASE matter.kind || ' ' || keep
    WHEN 'doubled written' THEN
        IF held <> matter.number THEN
            effects := effects || births_number_set(whose, held, 'merged_into', decided);
        END IF;
        effects := effects || births_number_set(whose, matter.number, 'active', decided);
    WHEN 'doubled held' THEN
        effects := effects || births_number_set(whose, matter.number, 'merged_into', decided);
    WHEN 'structure new' THEN
        IF held IS NOT NULL THEN
            effects := effects || births_number_set(whose, held, 'wrong_structure', decided);
        END IF;
        effects := effects || births_number_give(whose, decided);
    WHEN 'structure held' THEN
        effects := '[]';
    WHEN 'claimed person' THEN
        effects := births_repair_claim(matter.number, whose, theirs, decided);
    WHEN 'claimed other' THEN
        effects := births_repair_claim(matter.number, theirs, whose, decided);
    ELSE
        RAISE EXCEPTION 'no such choice' USING ERRCODE = '23514', CONSTRAINT = 'births_repair_keep';
    END CASE;
    PERFORM births_number_note(told.id, matter, who, decided)
    FROM (VALUES (whose), (theirs)) AS told (id) WHERE told.id IS NOT NULL;
    RETURN effects;
END $$;

-- Confirming is applying: the row and what it means are one statement.
CREATE FUNCTION births_repair_confirmed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    matter persons_numbermatter;
    given record;
    waits boolean := false;
BEGIN
    SELECT * INTO matter FROM persons_numbermatter WHERE id = NEW.matter_id FOR UPDATE;
    NEW.effects := births_repair_apply(matter, NEW.keep, NEW.confirmed_by, NEW.confirmed_at);
    FOR given IN
        SELECT * FROM jsonb_to_recordset(NEW.effects) AS told (person bigint, number text, after text)
    LOOP
        -- Without a session only the system and the console come here: row-level security shows pages no repair then.
        IF coalesce(current_setting('lienthong.token', true), '') <> ''
                AND NOT (authz.everywhere() OR persons_area_of(given.person) = ANY (authz.areas())) THEN
            RAISE EXCEPTION 'out of reach' USING ERRCODE = '23514', CONSTRAINT = 'births_repair_reach';
        END IF;
        CONTINUE WHEN given.after <> 'active';
        UPDATE dossiers_dossier SET insurance_number = given.number
        WHERE person_id = given.person AND insurance_number <> given.number;
        IF EXISTS (SELECT 1 FROM cards_card AS card WHERE card.person_id = given.person AND card.status = 'requested'
                   AND card.insurance_number <> given.number) THEN
            RAISE EXCEPTION 'a card waits' USING ERRCODE = '23514', CONSTRAINT = 'births_repair_card_waits';
        END IF;
        waits := waits OR EXISTS (
            SELECT 1 FROM cards_card AS card WHERE card.person_id = given.person AND card.status = 'active'
            AND card.insurance_number <> given.number);
    END LOOP;
    IF NOT waits THEN
        NEW.state := 'done';
        NEW.done_at := NEW.confirmed_at;
        UPDATE persons_numbermatter
        SET closed_at = NEW.confirmed_at, closed_as = CASE NEW.keep WHEN 'nothing' THEN 'left' ELSE 'repaired' END
        WHERE id = NEW.matter_id;
    END IF;
    RETURN NEW;
END $$;
-- After `persons_numberrepair_kept` by name: only an allowed step is applied.
CREATE TRIGGER persons_numberrepair_stands BEFORE UPDATE ON persons_numberrepair
    FOR EACH ROW WHEN (OLD.state = 'proposed' AND NEW.state = 'confirmed') EXECUTE FUNCTION births_repair_confirmed();

-- The last card that bears the number of before was replaced: the repair is done.
CREATE FUNCTION births_repair_done() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE persons_numbermatter SET closed_at = NEW.done_at, closed_as = 'repaired' WHERE id = NEW.matter_id;
    RETURN NULL;
END $$;
CREATE TRIGGER persons_numberrepair_done AFTER UPDATE OF state ON persons_numberrepair
    FOR EACH ROW WHEN (OLD.state = 'confirmed' AND NEW.state = 'done') EXECUTE FUNCTION births_repair_done();

-- Opens what an officer reports of a number as written in a paper, a card or a book: its kind follows from the ledger. The
-- matter, or the one that waits already; null when the number is the person's own. Refuses (28000) a person out of reach.
CREATE FUNCTION births_tell_number(of_person bigint, said text, of_source text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose CONSTANT bigint := persons_survivor(of_person);
    said_key CONSTANT text := persons_number_key(said);
    who text := current_setting('lienthong.by', true);
    decided timestamptz := current_setting('lienthong.at', true)::timestamptz;
    is_number CONSTANT boolean := said_key ~ '^[0-9]{10}$';
    holder bigint;
    found bigint;
    of_kind text;
BEGIN
    IF NOT (authz.everywhere() OR persons_area_of(whose) = ANY (authz.areas())) THEN
        RAISE EXCEPTION 'a person out of reach' USING ERRCODE = '28000';
    END IF;
    PERFORM persons_lock(ARRAY[whose]);
    SELECT persons_survivor(ledger.person_id) INTO holder FROM persons_number AS ledger WHERE ledger.number = said_key;
    IF holder = whose OR EXISTS (SELECT 1 FROM persons_person AS person
                                 WHERE person.id = whose AND person.personal_id = said_key) THEN
        RETURN NULL;
    END IF;
    of_kind := CASE WHEN holder IS NOT NULL THEN 'claimed'
                    WHEN is_number AND EXISTS (SELECT 1 FROM persons_number AS ledger
                                               WHERE ledger.person_id = whose AND ledger.status = 'active') THEN 'doubled'
                    ELSE 'structure' END;
    INSERT INTO persons_numbermatter (kind, person_id, other_id, number, written, key, source, area, other_area, found_at,
                                      found_by)
    SELECT of_kind, coalesce(holder, whose), CASE WHEN holder IS NOT NULL THEN whose END,
           CASE WHEN is_number THEN said_key ELSE '' END, said, said_key, of_source,
           persons_area_of(coalesce(holder, whose)),
           CASE WHEN holder IS NOT NULL THEN persons_area_of(whose) ELSE 0 END, decided, who
    ON CONFLICT DO NOTHING RETURNING id INTO found;
    IF found IS NULL THEN
        SELECT matter.id INTO found FROM persons_numbermatter AS matter
        WHERE matter.kind = of_kind AND matter.person_id = coalesce(holder, whose) AND matter.key = said_key
          AND matter.other_id IS NOT DISTINCT FROM CASE WHEN holder IS NOT NULL THEN whose END
          AND matter.closed_at IS NULL;
    END IF;
    IF holder IS NULL THEN
        INSERT INTO persons_oldnumber (person_id, written, key, source, noted_by, noted_at)
        VALUES (whose, said, said_key, of_source, who, decided) ON CONFLICT DO NOTHING;
    END IF;
    RETURN found;
END $$;

-- Each of the two persons of a matter as an officer may read him: in reach everything, out of reach the unit alone.
CREATE FUNCTION births_matter_side(of_person bigint)
RETURNS TABLE (person_id bigint, is_in_reach boolean, area integer, unit_name text, full_name text, born_on date, sex text,
               personal_id text, mother_name text, residence_text text, number text, taken_at timestamptz,
               entitled_from date, entitled_end date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person.id, seen.reached, seen.area, coalesce(unit.name, ''),
           CASE WHEN seen.reached THEN person.full_name ELSE '' END,
           CASE WHEN seen.reached THEN person.born_on END, CASE WHEN seen.reached THEN person.sex ELSE '' END,
           CASE WHEN seen.reached THEN coalesce(person.personal_id, '') ELSE '' END,
           CASE WHEN seen.reached THEN person.mother_name ELSE '' END,
           CASE WHEN seen.reached THEN person.residence_text ELSE '' END,
           CASE WHEN seen.reached THEN coalesce(ledger.number, '') ELSE '' END,
           CASE WHEN seen.reached THEN ledger.taken_at END,
           CASE WHEN seen.reached THEN lower(person.entitled) END,
           CASE WHEN seen.reached THEN upper(person.entitled) END
    FROM persons_person AS person
    CROSS JOIN LATERAL (SELECT persons_area_of(person.id) AS area OFFSET 0) AS placed
    CROSS JOIN LATERAL (SELECT placed.area,
                               authz.everywhere() OR placed.area = ANY (authz.areas()) AS reached) AS seen
    LEFT JOIN catalogues_unit AS unit ON unit.id = seen.area
    LEFT JOIN persons_number AS ledger ON ledger.person_id = person.id AND ledger.status = 'active'
    WHERE person.id = persons_survivor(of_person)
$$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_number_set(bigint, text, text, timestamptz) OWNER TO lienthong_worker;
ALTER FUNCTION births_number_give(bigint, timestamptz) OWNER TO lienthong_worker;
ALTER FUNCTION births_number_note(bigint, persons_numbermatter, text, timestamptz) OWNER TO lienthong_worker;
ALTER FUNCTION births_repair_claim(text, bigint, bigint, timestamptz) OWNER TO lienthong_worker;
ALTER FUNCTION births_repair_apply(persons_numbermatter, text, text, timestamptz) OWNER TO lienthong_worker;
ALTER FUNCTION births_repair_confirmed() OWNER TO lienthong_worker;
ALTER FUNCTION births_repair_done() OWNER TO lienthong_worker;
ALTER FUNCTION births_tell_number(bigint, text, text) OWNER TO lienthong_worker;
ALTER FUNCTION births_matter_side(bigint) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION births_number_set(bigint, text, text, timestamptz), births_number_give(bigint, timestamptz),
    births_number_note(bigint, persons_numbermatter, text, timestamptz),
    births_repair_claim(text, bigint, bigint, timestamptz),
    births_repair_apply(persons_numbermatter, text, text, timestamptz), births_tell_number(bigint, text, text),
    births_matter_side(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_tell_number(bigint, text, text), births_matter_side(bigint)
    TO lienthong_web, lienthong_worker;
