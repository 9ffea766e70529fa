-- A birth that may be of a child already known: what an officer decides, and what both sides show to whom.
-- Reads: births_registration, births_birth, persons_person, persons_number, cards_card, dossiers_dossier, dossiers_task,
-- catalogues_unit, catalogues_division. Writes: persons_person, persons_identityrequest, dossiers_dossier, dossiers_task,
-- database_outbox. Grain: one decision. Repeatable: a task is decided once. Refuses what has moved on meanwhile.

-- Writes what the birth of a dossier says of a known person, all whose earlier births were closed: as the match step does.
CREATE FUNCTION births_register(of_dossier bigint, known bigint, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    facts jsonb;
    own_id text;
    status text;
BEGIN
    SELECT birth.facts INTO STRICT facts
    FROM births_registration AS registration JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
    WHERE registration.dossier_id = of_dossier;
    own_id := nullif(facts ->> 'personal_id', '');
    status := facts ->> 'personal_id_status';
    IF EXISTS (SELECT 1 FROM persons_person AS other
               WHERE other.personal_id = own_id AND other.merged_into_id IS NULL AND other.id <> known) THEN
        own_id := NULL;
        status := 'E-PID-TAKEN';
    END IF;
    UPDATE persons_person AS person
    SET full_name = facts ->> 'full_name', tone_key = facts ->> 'tone_key', fold_key = facts ->> 'fold_key',
        born_on = (facts ->> 'born_on')::date, sex = facts ->> 'sex', nationality = facts ->> 'nationality',
        -- An id once known stays known.
        personal_id = coalesce(own_id, person.personal_id),
        personal_id_status = CASE WHEN own_id IS NULL AND person.personal_id IS NOT NULL THEN person.personal_id_status
                                  ELSE status END,
        birth_notice_code = facts ->> 'birth_notice_code', mother_name = facts ->> 'mother_name',
        mother_born = facts ->> 'mother_born', mother_personal_id = facts ->> 'mother_personal_id',
        mother_insurance_number = facts ->> 'mother_insurance_number', father_name = facts ->> 'father_name',
        father_born = facts ->> 'father_born', father_personal_id = facts ->> 'father_personal_id',
        guardian_name = coalesce(nullif(facts ->> 'mother_name', ''), nullif(facts ->> 'father_name', ''),
                                 facts ->> 'requester_name'),
        residence_commune_code = facts ->> 'residence_commune_code', residence_text = facts ->> 'residence_text',
        entitled = daterange(law.first_day, law.end_day), died_on = (facts ->> 'died_on')::date
    FROM database_law_validity AS law
    WHERE person.id = known AND law.birth_date = (facts ->> 'born_on')::date;
    UPDATE persons_identityrequest AS question SET state = 'answered', closed_at = at
    FROM persons_person AS person
    WHERE person.id = known AND question.person_id = known AND question.state <> 'answered'
      AND person.personal_id IS NOT NULL;
END $$;

CREATE FUNCTION births_duplicate_rows(of_task bigint, of_dossier bigint, other bigint)
RETURNS TABLE (place integer, table_name text, key_name text, key text, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 1, 'persons_person', 'id', person.id::text, to_jsonb(person) FROM persons_person AS person WHERE person.id = other
    UNION ALL
    SELECT 2, 'persons_identityrequest', 'id', question.id::text, to_jsonb(question)
    FROM persons_identityrequest AS question WHERE question.person_id = other
    UNION ALL
    SELECT 3, 'dossiers_dossier', 'id', dossier.id::text, to_jsonb(dossier)
    FROM dossiers_dossier AS dossier WHERE dossier.id = of_dossier
    UNION ALL
    SELECT 4, 'dossiers_task', 'id', task.id::text, to_jsonb(task) FROM dossiers_task AS task WHERE task.id = of_task
$$;

CREATE FUNCTION births_duplicate_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    dossier dossiers_dossier;
    is_live boolean;
    before jsonb;
    after jsonb;
BEGIN
    SELECT held.* INTO dossier FROM dossiers_dossier AS held WHERE held.id = NEW.dossier_id FOR UPDATE;
    IF dossier.state <> 'MANUAL_REVIEW' OR dossier.reason <> 'E-DUP-PERSON' OR dossier.person_id IS NOT NULL
       OR NOT EXISTS (SELECT 1 FROM dossiers_task AS task
                      WHERE task.id = NEW.task_id AND task.dossier_id = dossier.id AND task.kind = 'E-DUP-PERSON'
                        AND task.closed_at IS NULL) THEN
        RAISE EXCEPTION 'this dossier does not wait for a decision'
            USING ERRCODE = '23514', CONSTRAINT = 'births_duplicate_waits';
    END IF;
    NEW.area := dossier.area;
    NEW.other_id := persons_survivor(NEW.other_id);
    NEW.effects := '[]';
    NEW.person_id := NULL;
    IF NEW.kind = 'later' THEN
        RETURN NEW;
    END IF;
    SELECT jsonb_agg(to_jsonb(held)) INTO before
    FROM births_duplicate_rows(NEW.task_id, NEW.dossier_id, NEW.other_id) AS held;
    is_live := NEW.kind = 'same' AND EXISTS (
        SELECT 1 FROM dossiers_dossier AS other
        WHERE other.person_id = ANY (persons_family(NEW.other_id)) AND other.state NOT IN ('CANCELLED', 'REJECTED'));
    -- Found different from this one, the child is looked for again among the others, and new when it is none of them.
    IF NEW.kind = 'same' AND NOT is_live THEN
        NEW.person_id := NEW.other_id;
        PERFORM births_register(dossier.id, NEW.other_id, NEW.decided_at);
    END IF;
    UPDATE dossiers_dossier AS held
    SET state = CASE WHEN is_live THEN 'REJECTED' ELSE 'EXPORTED_TNHS' END,
        reason = CASE WHEN is_live THEN 'DUPLICATE_CONFIRMED' ELSE '' END,
        closed_on = CASE WHEN is_live THEN (NEW.decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date END,
        person_id = NEW.person_id, changed_at = NEW.decided_at
    WHERE held.id = dossier.id;
    UPDATE dossiers_task SET closed_at = NEW.decided_at, closed_by = NEW.decided_by, outcome = 'DONE', note = NEW.note
    WHERE id = NEW.task_id;
    IF is_live THEN
        PERFORM births_answer_double(ARRAY[dossier.id], 'E-DUP-CONFIRMED');
    END IF;
    SELECT jsonb_agg(to_jsonb(held)) INTO after
    FROM births_duplicate_rows(NEW.task_id, NEW.dossier_id, NEW.other_id) AS held;
    NEW.effects := births_merge_effects(before, after);
    RETURN NEW;
END $$;
CREATE TRIGGER births_duplicate_decided BEFORE INSERT ON births_duplicate
    FOR EACH ROW EXECUTE FUNCTION births_duplicate_decided();

-- Only that it was undone may be written later; refused when the dossier has gone on since.
CREATE FUNCTION births_duplicate_undone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    later text[] := '{undone_at,undone_by,undone_note}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR OLD.kind = 'later'
            OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'a decision is written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM births_effects_undo(OLD.effects);
    PERFORM births_answer_double(births_closed_dossiers(OLD.effects), '');
    RETURN NEW;
END $$;
CREATE TRIGGER births_duplicate_undone BEFORE UPDATE OR DELETE ON births_duplicate
    FOR EACH ROW EXECUTE FUNCTION births_duplicate_undone();
CREATE TRIGGER births_evidence_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON births_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

-- One person as the desk shows him. Of another unit's person: initials, year of birth, and what there is, not which.
CREATE FUNCTION births_side(of_person bigint, of_area integer, is_mine boolean) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'person_id', person.id, 'is_mine', is_mine, 'merged_into', person.merged_into_id,
        'unit_name', coalesce(unit.name, ''), 'province_name', coalesce(province.name, ''),
        'initials', upper(name_initials(person.full_name)), 'birth_year', extract(year FROM person.born_on)::integer,
        'number_count', (SELECT count(*) FROM persons_number AS ledger WHERE ledger.person_id = person.id),
        'card_count', (SELECT count(*) FROM cards_card AS card
                       WHERE card.person_id = person.id AND card.status = 'active'),
        'dossier_count', (SELECT count(*) FROM dossiers_dossier AS dossier WHERE dossier.person_id = person.id))
        || CASE WHEN is_mine THEN jsonb_build_object(
        'facts', jsonb_build_object(
            'full_name', person.full_name, 'born_on', person.born_on, 'sex', person.sex,
            'personal_id', coalesce(person.personal_id, ''), 'birth_notice_code', person.birth_notice_code,
            'mother_name', person.mother_name, 'mother_born', person.mother_born,
            'mother_personal_id', person.mother_personal_id, 'mother_insurance_number', person.mother_insurance_number,
            'father_name', person.father_name, 'father_born', person.father_born,
            'father_personal_id', person.father_personal_id, 'residence_text', person.residence_text,
            'residence_commune', coalesce((SELECT place.name FROM catalogues_division AS place
                WHERE place.code = person.residence_commune_code AND place.level = 'commune'
                ORDER BY lower(place.valid) DESC LIMIT 1), person.residence_commune_code),
            'died_on', person.died_on),
        'numbers', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', ledger.number, 'status', ledger.status,
                        'taken_at', ledger.taken_at) ORDER BY ledger.taken_at, ledger.number), '[]')
                    FROM persons_number AS ledger WHERE ledger.person_id = person.id),
        'cards', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', card.id, 'code', card.code, 'status', card.status,
                      'first', lower(card.valid), 'last', upper(card.valid) - 1) ORDER BY card.id), '[]')
                  FROM cards_card AS card WHERE card.person_id = person.id AND card.status <> 'cancelled'),
        'dossiers', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', dossier.id, 'code', dossier.code,
                         'message_id', dossier.message_id, 'state', dossier.state, 'kind', dossier.kind,
                         'received_at', dossier.received_at) ORDER BY dossier.id), '[]')
                     FROM dossiers_dossier AS dossier WHERE dossier.person_id = person.id)) ELSE '{}' END
    FROM persons_person AS person
    LEFT JOIN catalogues_unit AS unit ON unit.id = of_area
    LEFT JOIN LATERAL (
        SELECT place.name FROM catalogues_division AS place
        WHERE place.level = 'province' AND place.code = coalesce(unit.province_code, lpad((-of_area)::text, 2, '0'))
        ORDER BY lower(place.valid) DESC LIMIT 1) AS province ON true
    WHERE person.id = of_person
$$;

-- Both sides of a pair that the caller may see; nothing otherwise.
CREATE FUNCTION births_pair_sides(of_pair bigint) RETURNS TABLE (low jsonb, high jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT births_side(pair.low_id, pair.area_low, mine.low), births_side(pair.high_id, pair.area_high, mine.high)
    FROM persons_pair AS pair
    CROSS JOIN LATERAL (SELECT authz.everywhere() OR pair.area_low = ANY (authz.areas()) AS low,
                               authz.everywhere() OR pair.area_high = ANY (authz.areas()) AS high) AS mine
    WHERE pair.id = of_pair AND (mine.low OR mine.high)
$$;

-- Both sides of a merger that the caller may see.
CREATE FUNCTION births_merge_sides(of_merge bigint) RETURNS TABLE (loser jsonb, survivor jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT births_side(merger.loser_id, merger.area_loser, mine.loser),
           births_side(merger.survivor_id, merger.area_survivor, mine.survivor)
    FROM persons_merge AS merger
    CROSS JOIN LATERAL (SELECT authz.everywhere() OR merger.area_loser = ANY (authz.areas()) AS loser,
                               authz.everywhere() OR merger.area_survivor = ANY (authz.areas()) AS survivor) AS mine
    WHERE merger.id = of_merge AND (mine.loser OR mine.survivor)
$$;

-- The known child of a task about a dossier that the caller may see, and the unit that answers for it.
CREATE FUNCTION births_task_side(of_task bigint) RETURNS TABLE (other jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT births_side(known.id, persons_area_of(known.id),
                       authz.everywhere() OR persons_area_of(known.id) = ANY (authz.areas()))
    FROM dossiers_task AS task
    CROSS JOIN LATERAL (SELECT persons_survivor(coalesce(task.person_id, (task.detail ->> 'other_person')::bigint)) AS id)
        AS known
    WHERE task.id = of_task AND task.kind = 'E-DUP-PERSON'
      AND (authz.everywhere() OR task.area = ANY (authz.areas()))
$$;

-- How the two of each question are named in a list: in full one's own, by initials and year of birth another unit's.
CREATE FUNCTION births_double_names(pairs bigint[], tasks bigint[], merges bigint[])
RETURNS TABLE (subject text, id bigint, one text, one_born text, other text, other_born text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH both_of AS (
        SELECT 'pair' AS subject, pair.id, low.full_name AS one, low.born_on AS one_on, high.full_name AS other,
               high.born_on AS other_on, authz.everywhere() OR pair.area_low = ANY (authz.areas()) AS one_mine,
               authz.everywhere() OR pair.area_high = ANY (authz.areas()) AS other_mine
        FROM persons_pair AS pair
        JOIN persons_person AS low ON low.id = pair.low_id JOIN persons_person AS high ON high.id = pair.high_id
        WHERE pair.id = ANY (pairs)
        UNION ALL
        SELECT 'task', task.id, dossier.child_name, dossier.child_born_on, known.full_name, known.born_on,
               authz.everywhere() OR task.area = ANY (authz.areas()),
               authz.everywhere() OR persons_area_of(known.id) = ANY (authz.areas())
        FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
        JOIN persons_person AS known
            ON known.id = persons_survivor(coalesce(task.person_id, (task.detail ->> 'other_person')::bigint))
        WHERE task.id = ANY (tasks) AND task.kind = 'E-DUP-PERSON'
        UNION ALL
        SELECT 'merge', merger.id, loser.full_name, loser.born_on, survivor.full_name, survivor.born_on,
               authz.everywhere() OR merger.area_loser = ANY (authz.areas()),
               authz.everywhere() OR merger.area_survivor = ANY (authz.areas())
        FROM persons_merge AS merger
        JOIN persons_person AS loser ON loser.id = merger.loser_id
        JOIN persons_person AS survivor ON survivor.id = merger.survivor_id
        WHERE merger.id = ANY (merges)
    )
    SELECT both_of.subject, both_of.id,
           CASE WHEN one_mine THEN both_of.one ELSE upper(name_initials(both_of.one)) END,
           CASE WHEN one_mine THEN to_char(one_on, 'DD/MM/YYYY') ELSE to_char(one_on, 'YYYY') END,
           CASE WHEN other_mine THEN both_of.other ELSE upper(name_initials(both_of.other)) END,
           CASE WHEN other_mine THEN to_char(other_on, 'DD/MM/YYYY') ELSE to_char(other_on, 'YYYY') END
    FROM both_of WHERE one_mine OR other_mine
$$;

DO $$
DECLARE
    name text;
BEGIN
    GRANT CREATE ON SCHEMA public TO lienthong_worker;
    FOREACH name IN ARRAY ARRAY[
        'births_register(bigint, bigint, timestamptz)', 'births_duplicate_rows(bigint, bigint, bigint)',
        'births_duplicate_decided()', 'births_duplicate_undone()', 'births_side(bigint, integer, boolean)',
        'births_pair_sides(bigint)', 'births_task_side(bigint)', 'births_merge_sides(bigint)',
        'births_double_names(bigint[], bigint[], bigint[])'] LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO lienthong_worker', name);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    END LOOP;
    REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
END $$;
GRANT EXECUTE ON FUNCTION births_register(bigint, bigint, timestamptz), births_side(bigint, integer, boolean),
    births_duplicate_rows(bigint, bigint, bigint) TO lienthong_worker;
GRANT EXECUTE ON FUNCTION births_pair_sides(bigint), births_task_side(bigint), births_merge_sides(bigint),
    births_double_names(bigint[], bigint[], bigint[]) TO lienthong_web, lienthong_worker;

GRANT SELECT, INSERT, UPDATE ON births_duplicate TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT ON births_evidence TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
ALTER TABLE births_duplicate ENABLE ROW LEVEL SECURITY;
ALTER TABLE births_duplicate FORCE ROW LEVEL SECURITY;
CREATE POLICY of_task ON births_duplicate TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id OFFSET 0));
CREATE POLICY of_system ON births_duplicate TO lienthong_worker USING (true);
ALTER TABLE births_evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE births_evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY of_question ON births_evidence TO lienthong_web
    USING (EXISTS (SELECT 1 FROM persons_pair AS seen WHERE seen.id = pair_id OFFSET 0)
           OR EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id OFFSET 0));
CREATE POLICY of_system ON births_evidence TO lienthong_worker USING (true);
