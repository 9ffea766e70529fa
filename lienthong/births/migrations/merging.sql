-- What a merger of two persons does, and its undoing, in the statement that confirms or undoes it.
-- Reads and writes: persons_person, _number, _identityrequest, _member, _unplaced, _pair, cards_card, _request,
-- _paperwaiting, dossiers_dossier, _task, collection_entry, database_outbox. Reads: persons_household. Grain: one merger. Repeatable: a merger is confirmed once and
-- undone once. Refuses what would take cover from a child, and an undoing after something has changed since.
-- Pages have no right to write persons or numbers: these functions write what a merger means and nothing an officer typed.

-- How strong the claim of a person's record to stand for both is: a card in force, a dossier on its way with a number, a
-- number, and when it was given (rules 2.1: the first number issued stays).
CREATE FUNCTION births_claim(of_person bigint, OUT has_card boolean, OUT on_its_way boolean, OUT numbered_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM cards_card AS card WHERE card.person_id = of_person AND card.status = 'active'),
           EXISTS (SELECT 1 FROM dossiers_dossier AS dossier
                   WHERE dossier.person_id = of_person AND dossier.kind = 'first'
                     AND dossier.insurance_number IS NOT NULL
                     AND dossier.state NOT IN ('APPROVED', 'PRINTED', 'RETURNED', 'REJECTED', 'CANCELLED')),
           (SELECT min(ledger.taken_at) FROM persons_number AS ledger
            WHERE ledger.person_id = of_person AND ledger.status = 'active')
$$;

-- Which of two records stands for both, and by what: CARD, ON_ITS_WAY, FIRST_NUMBER, NUMBER or FIRST_RECORD.
CREATE FUNCTION births_standing(one bigint, other bigint, OUT survivor bigint, OUT basis text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN told.is_first THEN one ELSE other END, told.basis
    FROM births_claim(one) AS a CROSS JOIN births_claim(other) AS b
    CROSS JOIN LATERAL (SELECT
        CASE WHEN a.has_card <> b.has_card THEN a.has_card
             WHEN a.on_its_way <> b.on_its_way AND NOT a.has_card THEN a.on_its_way
             WHEN (a.numbered_at IS NULL) <> (b.numbered_at IS NULL) THEN a.numbered_at IS NOT NULL
             WHEN a.numbered_at <> b.numbered_at THEN a.numbered_at < b.numbered_at
             ELSE one < other END AS is_first,
        CASE WHEN a.has_card <> b.has_card THEN 'CARD'
             WHEN a.on_its_way <> b.on_its_way AND NOT a.has_card THEN 'ON_ITS_WAY'
             WHEN (a.numbered_at IS NULL) <> (b.numbered_at IS NULL) THEN 'NUMBER'
             WHEN a.numbered_at <> b.numbered_at THEN 'FIRST_NUMBER'
             ELSE 'FIRST_RECORD' END AS basis) AS told
$$;

-- The code that a family opened leads to its child, into whichever record the child has been merged since.
CREATE OR REPLACE FUNCTION births_family_of(nonce uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT persons_survivor(code.person_id) FROM notices_passcode AS code
    WHERE code.nonce = births_family_of.nonce AND code.opened_at > clock_timestamp() - interval '15 minutes'
$$;

-- Why these two cannot be merged this way now; null when they can.
CREATE FUNCTION births_merge_hindrance(loser bigint, survivor bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM persons_person AS person
                     WHERE person.id IN (loser, survivor) AND person.merged_into_id IS NOT NULL) THEN 'MERGED'
        WHEN EXISTS (SELECT 1 FROM dossiers_dossier AS dossier
                     WHERE dossier.person_id = loser AND dossier.kind = 'exchange'
                       AND dossier.state = 'APPROVAL_REQUESTED') THEN 'EXCHANGE_WAITS'
        WHEN EXISTS (SELECT 1 FROM cards_card AS card
                     WHERE card.person_id = loser AND card.status = 'requested' AND card.replaces_id IS NOT NULL)
            THEN 'EXCHANGE_WAITS'
        WHEN EXISTS (SELECT 1 FROM dossiers_dossier AS dossier
                     WHERE dossier.person_id = loser AND dossier.kind = 'first' AND dossier.insurance_number IS NULL
                       AND dossier.state NOT IN ('APPROVED', 'PRINTED', 'RETURNED', 'REJECTED', 'CANCELLED'))
            THEN 'NUMBER_WAITS'
        -- Its stay would end, and whoever else lives there would have no head.
        WHEN EXISTS (SELECT 1 FROM persons_member AS head
                     JOIN persons_member AS other
                         ON other.household_id = head.household_id AND other.id <> head.id
                        AND NOT other.is_void AND upper_inf(other.during)
                     WHERE head.person_id = loser AND head.relation = '00' AND NOT head.is_void AND upper_inf(head.during))
             AND EXISTS (SELECT 1 FROM persons_member AS kept
                         WHERE kept.person_id = survivor AND NOT kept.is_void AND upper_inf(kept.during))
            THEN 'HEAD_LEAVES'
        WHEN a.has_card AND NOT b.has_card THEN 'TAKES_COVER'
        WHEN a.on_its_way AND NOT b.on_its_way AND NOT b.has_card THEN 'TAKES_COVER'
        WHEN a.numbered_at IS NOT NULL AND b.numbered_at IS NULL THEN 'TAKES_NUMBER' END
    FROM births_claim(loser) AS a CROSS JOIN births_claim(survivor) AS b
$$;

-- The rows that a merger may change, as they are: table, key and content, in the order in which they are brought back.
CREATE FUNCTION births_merge_rows(loser bigint, survivor bigint, of_pair bigint)
RETURNS TABLE (place integer, table_name text, key_name text, key text, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE person.id WHEN survivor THEN 1 ELSE 2 END, 'persons_person', 'id', person.id::text, to_jsonb(person)
    FROM persons_person AS person WHERE person.id IN (loser, survivor)
    UNION ALL
    SELECT 3, 'persons_number', 'number', ledger.number, to_jsonb(ledger)
    FROM persons_number AS ledger WHERE ledger.person_id = loser
    UNION ALL
    SELECT 3, 'persons_identityrequest', 'id', question.id::text, to_jsonb(question)
    FROM persons_identityrequest AS question WHERE question.person_id IN (loser, survivor)
    UNION ALL
    SELECT 3, 'collection_entry', 'id', entry.id::text, to_jsonb(entry)
    FROM collection_entry AS entry WHERE entry.person_id = loser
    UNION ALL
    SELECT 4, 'dossiers_dossier', 'id', dossier.id::text, to_jsonb(dossier)
    FROM dossiers_dossier AS dossier WHERE dossier.person_id = loser
    UNION ALL
    SELECT 5, 'cards_request', 'id', request.id::text, to_jsonb(request) - 'body'
    FROM cards_request AS request WHERE request.person_id = loser
    UNION ALL
    SELECT 6, 'cards_card', 'id', card.id::text, to_jsonb(card) FROM cards_card AS card WHERE card.person_id = loser
    UNION ALL
    SELECT 7, 'cards_paperwaiting', 'card_id', waiting.card_id::text, to_jsonb(waiting)
    FROM cards_paperwaiting AS waiting JOIN cards_card AS card ON card.id = waiting.card_id WHERE card.person_id = loser
    UNION ALL
    SELECT 8, 'dossiers_task', 'id', task.id::text, to_jsonb(task)
    FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = task.dossier_id
    WHERE dossier.person_id = loser
    UNION ALL
    SELECT 9, 'persons_pair', 'id', pair.id::text, to_jsonb(pair) FROM persons_pair AS pair WHERE pair.id = of_pair
    UNION ALL
    -- What the loser had goes back to him before the survivor's days are what they were: the tables allow one stay a day.
    SELECT CASE member.person_id WHEN loser THEN 10 ELSE 11 END, 'persons_member', 'id', member.id::text, to_jsonb(member)
    FROM persons_member AS member WHERE member.person_id IN (loser, survivor)
    UNION ALL
    SELECT 12, 'persons_unplaced', 'person_id', waiting.person_id::text, to_jsonb(waiting)
    FROM persons_unplaced AS waiting WHERE waiting.person_id IN (loser, survivor)
$$;

-- Ends the stays of one record that overlap those of the other, with the day before; one that had not begun is void.
CREATE FUNCTION births_end_stays(ended bigint, kept bigint, only_lasting boolean, merger persons_merge) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE persons_member AS stay
    SET during = CASE WHEN lower(stay.during) < over.day THEN daterange(lower(stay.during), over.day) ELSE stay.during END,
        is_void = lower(stay.during) >= over.day, ended_by = 'merged', ended_said_by = merger.confirmed_by,
        ended_said_at = merger.confirmed_at
    FROM (SELECT theirs.id, min(lower(standing.during)) AS day
          FROM persons_member AS theirs
          JOIN persons_member AS standing ON standing.person_id = kept AND standing.during && theirs.during
          WHERE theirs.person_id = ended AND NOT theirs.is_void AND NOT standing.is_void
            AND (NOT only_lasting OR upper_inf(standing.during))
          GROUP BY theirs.id) AS over
    WHERE stay.id = over.id
$$;

-- One person lives in one household at a time, under whichever record it was said: of two stays on one day that stands
-- which goes on, of two that go on or have ended the survivor's. What stands is the survivor's from now on.
CREATE FUNCTION births_merge_homes(merger persons_merge) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM persons_member AS kept
                   WHERE kept.person_id = merger.survivor_id AND NOT kept.is_void AND upper_inf(kept.during)) THEN
        PERFORM births_end_stays(merger.survivor_id, merger.loser_id, true, merger);
    END IF;
    PERFORM births_end_stays(merger.loser_id, merger.survivor_id, false, merger);
    UPDATE persons_member SET person_id = merger.survivor_id WHERE person_id = merger.loser_id AND NOT is_void;
    UPDATE persons_unplaced AS waiting SET closed_at = merger.confirmed_at
    WHERE waiting.closed_at IS NULL
      AND (waiting.person_id = merger.loser_id
           OR waiting.person_id = merger.survivor_id AND waiting.why <> 'RELATION_ASKED'
              AND EXISTS (SELECT 1 FROM persons_member AS living WHERE living.person_id = merger.survivor_id
                          AND NOT living.is_void AND upper_inf(living.during)));
END $$;

-- What differs between rows before and after: of each row its place, table, key, and the columns that changed.
CREATE FUNCTION births_merge_effects(before jsonb, after jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'place', was.place, 'table', was.table_name, 'key_name', was.key_name, 'key', was.key,
               'before', changed.before, 'after', changed.after) ORDER BY was.place, was.table_name, was.key), '[]')
    FROM jsonb_to_recordset(before) AS was (place integer, table_name text, key_name text, key text, content jsonb)
    LEFT JOIN jsonb_to_recordset(after) AS now (table_name text, key text, content jsonb)
        ON now.table_name = was.table_name AND now.key = was.key
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(part.name, part.value) AS before,
               CASE WHEN now.content IS NOT NULL
                    THEN jsonb_object_agg(part.name, now.content -> part.name) END AS after
        FROM jsonb_each(was.content) AS part (name, value)
        WHERE now.content IS NULL OR now.content -> part.name IS DISTINCT FROM part.value) AS changed
    WHERE changed.before IS NOT NULL
$$;

-- The loser's record points at the survivor's; what it holds ends as a double.
CREATE FUNCTION births_merge_apply(merger persons_merge) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    loser CONSTANT bigint := merger.loser_id;
    survivor CONSTANT bigint := merger.survivor_id;
    at CONSTANT timestamptz := merger.confirmed_at;
    as_double CONSTANT text := 'DUPLICATE_CONFIRMED';
    hindrance CONSTANT text := births_merge_hindrance(loser, survivor);
    before jsonb;
    after jsonb;
    id_left text;
BEGIN
    IF hindrance IS NOT NULL THEN
        RAISE EXCEPTION 'these two cannot be merged so: %', hindrance
            USING ERRCODE = '23514', CONSTRAINT = 'births_merge_hindrance';
    END IF;
    SELECT jsonb_agg(to_jsonb(held)) INTO before FROM births_merge_rows(loser, survivor, merger.pair_id) AS held;

    SELECT personal_id INTO id_left FROM persons_person WHERE id = loser;
    UPDATE persons_person SET merged_into_id = survivor WHERE id = loser;
    -- The one id that is known of the person is his.
    UPDATE persons_person SET personal_id = id_left, personal_id_status = ''
    WHERE id = survivor AND personal_id IS NULL AND id_left IS NOT NULL;
    UPDATE persons_identityrequest AS question
    SET state = 'answered', closed_at = at, detail = '', offered_name = '', offered_born_on = NULL, offered_sex = ''
    WHERE question.state <> 'answered'
      AND (question.person_id = loser
           OR question.person_id = survivor AND id_left IS NOT NULL
              AND EXISTS (SELECT 1 FROM persons_person WHERE id = survivor AND personal_id = id_left));
    UPDATE persons_number SET status = 'merged_into' WHERE person_id = loser AND status = 'active';
    UPDATE collection_entry SET voided_at = at, void_reason = as_double WHERE person_id = loser AND voided_at IS NULL;
    UPDATE cards_request SET withdrawn_at = at
    WHERE person_id = loser AND withdrawn_at IS NULL
      AND EXISTS (SELECT 1 FROM cards_card AS card WHERE card.request_id = cards_request.id AND card.status = 'requested');
    UPDATE cards_card
    SET status = CASE status WHEN 'active' THEN 'revoked' ELSE 'cancelled' END, end_reason = as_double, ended_at = at
    WHERE person_id = loser AND status IN ('requested', 'active');
    UPDATE dossiers_dossier
    SET state = CASE WHEN state IN ('APPROVED', 'PRINTED', 'RETURNED') THEN 'CANCELLED' ELSE 'REJECTED' END,
        reason = as_double, closed_on = (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, changed_at = at
    WHERE person_id = loser AND state NOT IN ('REJECTED', 'CANCELLED');
    UPDATE dossiers_task AS task
    SET closed_at = at, closed_by = 'system', outcome = 'NOTHING_TO_DO', note = as_double
    FROM dossiers_dossier AS dossier
    WHERE dossier.id = task.dossier_id AND dossier.person_id = loser AND task.closed_at IS NULL
      AND task.kind NOT IN ('T-CARD-REVOKED', 'E-DUP-PERSON');
    PERFORM births_merge_homes(merger);
    UPDATE persons_pair SET state = 'same', later_until = NULL, decided_at = at, decided_by = merger.confirmed_by,
                            note = merger.note
    WHERE id = merger.pair_id;

    SELECT jsonb_agg(to_jsonb(held)) INTO after FROM births_merge_rows(loser, survivor, merger.pair_id) AS held;
    RETURN births_merge_effects(before, after);
END $$;

-- Brings back every row as it was; refused when one of them is no longer as the merger left it.
CREATE FUNCTION births_effects_undo(effects jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    effect record;
    held jsonb;
    columns text;
BEGIN
    FOR effect IN
        SELECT * FROM jsonb_to_recordset(effects)
            AS told (place integer, "table" text, key_name text, key text, before jsonb, after jsonb)
        ORDER BY told.place, told."table", told.key
    LOOP
        EXECUTE format('SELECT to_jsonb(held) FROM %I AS held WHERE held.%I::text = $1', effect."table", effect.key_name)
            INTO held USING effect.key;
        IF effect.after IS NULL THEN
            IF held IS NULL THEN
                EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)', effect."table")
                    USING effect.before;
            END IF;
            CONTINUE;
        END IF;
        IF NOT coalesce(held @> effect.after, false) THEN
            RAISE EXCEPTION '% % has changed since', effect."table", effect.key
                USING ERRCODE = '23514', CONSTRAINT = 'births_changed_since';
        END IF;
        SELECT string_agg(quote_ident(name), ', ') INTO columns FROM jsonb_object_keys(effect.before) AS name;
        EXECUTE format('UPDATE %1$I AS held SET (%2$s) = (SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1))
                        WHERE held.%3$I::text = $2', effect."table", columns, effect.key_name)
            USING effect.before, effect.key;
    END LOOP;
END $$;

-- Only the last merger of a person can be undone, and only while no card has been approved and no stay that it touched
-- was ended since.
CREATE FUNCTION births_undo_hindrance(merger persons_merge) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM persons_person
                     WHERE id = merger.survivor_id AND merged_into_id IS NOT NULL) THEN 'MERGED_ON'
        WHEN EXISTS (SELECT 1 FROM cards_card AS card
                     WHERE card.person_id IN (merger.loser_id, merger.survivor_id)
                       AND card.approved_at > merger.confirmed_at) THEN 'CARD_SINCE'
        WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(merger.effects) AS effect
                     JOIN persons_member AS stay ON stay.id = (effect ->> 'key')::bigint
                     WHERE effect ->> 'table' = 'persons_member' AND stay.ended_said_at > merger.confirmed_at)
            THEN 'HOME_SINCE' END
$$;

-- The ministry is told that one registration of two is another's double, or no longer.
CREATE FUNCTION births_answer_double(dossier_ids bigint[], said text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO database_outbox (kind, key, version, payload)
    SELECT 'justice.answer', message.id::text,
           1 + (SELECT count(*) FROM database_outbox AS sent
                WHERE sent.kind = 'justice.answer' AND sent.key = message.id::text),
           jsonb_build_object('message_id', message.message_id, 'source', message.source, 'outcome', 'accepted',
                              'code', said, 'field', '')
    FROM births_registration AS registration
    JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
    JOIN births_message AS message ON message.id = birth.message_id AND message.channel <> 'paper'
    WHERE registration.dossier_id = ANY (dossier_ids)
    ORDER BY message.id
$$;
CREATE FUNCTION births_closed_dossiers(effects jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg((effect ->> 'key')::bigint), '{}') FROM jsonb_array_elements(effects) AS effect
    WHERE effect ->> 'table' = 'dossiers_dossier' AND effect #>> '{after,reason}' = 'DUPLICATE_CONFIRMED'
$$;

CREATE FUNCTION births_merged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hindrance text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        hindrance := births_merge_hindrance(NEW.loser_id, NEW.survivor_id);
        IF hindrance IS NOT NULL THEN
            RAISE EXCEPTION 'these two cannot be merged so: %', hindrance
                USING ERRCODE = '23514', CONSTRAINT = 'births_merge_hindrance';
        END IF;
        NEW.area_loser := persons_area_of(NEW.loser_id);
        NEW.area_survivor := persons_area_of(NEW.survivor_id);
        NEW.touches := births_merge_touches(NEW.loser_id, NEW.survivor_id);
        NEW.effects := '[]';
    END IF;
    IF NEW.confirmed_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.confirmed_at IS NULL) THEN
        IF NOT NEW.touches AND births_merge_touches(NEW.loser_id, NEW.survivor_id)
           OR NEW.touches AND (NEW.confirmed_person IS NULL OR NEW.confirmed_person IN (0, NEW.asked_person)) THEN
            RAISE EXCEPTION 'a second officer confirms what touches a number or a card'
                USING ERRCODE = '23514', CONSTRAINT = 'merge_four_eyes';
        END IF;
        NEW.effects := births_merge_apply(NEW);
        PERFORM births_answer_double(births_closed_dossiers(NEW.effects), 'E-DUP-CONFIRMED');
        -- The family must learn that this card no longer counts.
        INSERT INTO dossiers_task (kind, subject_key, area, dossier_id, detail, opened_at, closed_by)
        SELECT 'T-CARD-REVOKED', 'card:' || card.id, dossier.area, dossier.id,
               jsonb_build_object('card', card.id, 'reason', card.end_reason), NEW.confirmed_at, ''
        FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
        WHERE card.person_id = NEW.loser_id AND card.status = 'revoked' AND card.ended_at = NEW.confirmed_at
        ON CONFLICT (kind, subject_key) DO UPDATE
        SET closed_at = NULL, closed_by = '', outcome = '', note = '', opened_at = excluded.opened_at;
    ELSIF TG_OP = 'UPDATE' AND NEW.undone_at IS NOT NULL AND OLD.undone_at IS NULL THEN
        hindrance := births_undo_hindrance(OLD);
        IF hindrance IS NOT NULL THEN
            RAISE EXCEPTION 'this merger cannot be undone: %', hindrance
                USING ERRCODE = '23514', CONSTRAINT = 'births_undo_hindrance';
        END IF;
        PERFORM births_effects_undo(OLD.effects);
        PERFORM births_answer_double(births_closed_dossiers(OLD.effects), '');
        UPDATE dossiers_task AS task
        SET closed_at = NEW.undone_at, closed_by = 'system', outcome = 'NOTHING_TO_DO', note = 'MERGE_UNDONE'
        FROM jsonb_array_elements(OLD.effects) AS effect
        WHERE effect ->> 'table' = 'cards_card' AND task.kind = 'T-CARD-REVOKED'
          AND task.subject_key = 'card:' || (effect ->> 'key') AND task.closed_at IS NULL;
    END IF;
    RETURN NEW;
END $$;

-- Whether a number, a card or a dossier of the loser follows, or an id comes to the survivor: then two officers decide.
CREATE FUNCTION births_merge_touches(loser bigint, survivor bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM persons_number WHERE person_id = loser AND status = 'active')
        OR EXISTS (SELECT 1 FROM cards_card WHERE person_id = loser AND status IN ('requested', 'active'))
        OR EXISTS (SELECT 1 FROM dossiers_dossier WHERE person_id = loser AND state NOT IN ('REJECTED', 'CANCELLED'))
        OR EXISTS (SELECT 1 FROM persons_person AS held, persons_person AS taking
                   WHERE held.id = loser AND taking.id = survivor AND held.personal_id IS NOT NULL
                     AND taking.personal_id IS NULL)
$$;

-- Everything that a merger of the two touches, in the order in which everybody locks: first the step that finds known
-- children waits, then dossiers, persons, their households, cards, each by id. What a racing request left is locked in the second pass.
CREATE FUNCTION births_merge_lock(one bigint, other bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('lienthong.match'));
    PERFORM 1 FROM dossiers_dossier WHERE person_id IN (one, other) ORDER BY id FOR UPDATE;
    PERFORM persons_lock(ARRAY[one, other]);
    -- Who takes somebody into a household locks it: its head is not merged away meanwhile.
    PERFORM 1 FROM persons_household AS home
    WHERE home.id IN (SELECT living.household_id FROM persons_member AS living
                      WHERE living.person_id IN (one, other) AND NOT living.is_void AND upper_inf(living.during))
    ORDER BY home.id FOR UPDATE;
    PERFORM 1 FROM dossiers_dossier WHERE person_id IN (one, other) ORDER BY id FOR UPDATE;
    PERFORM 1 FROM cards_card WHERE person_id IN (one, other) ORDER BY id FOR UPDATE;
END $$;
CREATE TRIGGER births_merged BEFORE INSERT OR UPDATE ON persons_merge
    FOR EACH ROW EXECUTE FUNCTION births_merged();

-- They must see every row, whoever decides and whoever owns the tables.
DO $$
DECLARE
    name text;
BEGIN
    GRANT CREATE ON SCHEMA public TO lienthong_worker;
    FOREACH name IN ARRAY ARRAY[
        'births_claim(bigint)', 'births_standing(bigint, bigint)', 'births_merge_hindrance(bigint, bigint)',
        'births_merge_rows(bigint, bigint, bigint)', 'births_merge_apply(persons_merge)', 'births_effects_undo(jsonb)',
        'births_end_stays(bigint, bigint, boolean, persons_merge)', 'births_merge_homes(persons_merge)',
        'births_undo_hindrance(persons_merge)', 'births_answer_double(bigint[], text)', 'births_merged()',
        'births_merge_touches(bigint, bigint)', 'births_merge_lock(bigint, bigint)'] LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO lienthong_worker', name);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    END LOOP;
    REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
END $$;
GRANT EXECUTE ON FUNCTION births_standing(bigint, bigint), births_merge_hindrance(bigint, bigint),
    births_merge_touches(bigint, bigint), births_merge_lock(bigint, bigint), births_undo_hindrance(persons_merge)
    TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION births_claim(bigint), births_merge_rows(bigint, bigint, bigint),
    births_merge_apply(persons_merge), births_effects_undo(jsonb), births_answer_double(bigint[], text),
    births_end_stays(bigint, bigint, boolean, persons_merge), births_merge_homes(persons_merge)
    TO lienthong_worker;
GRANT UPDATE (person_id) ON persons_member TO lienthong_worker;
GRANT INSERT ON cards_paperwaiting TO lienthong_worker;
