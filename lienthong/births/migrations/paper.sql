-- Births on paper: what is written once, who may see it, and the search for the electronic twin.

CREATE TRIGGER births_paper_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON births_paper
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
CREATE TRIGGER births_scan_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON births_scan
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
CREATE TRIGGER births_paperrefusal_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON births_paperrefusal
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

-- No paper without a scan, and none beside a message that came another way: looked at when the transaction ends.
CREATE FUNCTION births_paper_whole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM births_scan AS scan WHERE scan.paper_id = NEW.id) THEN
        RAISE EXCEPTION 'a paper has a scan' USING ERRCODE = '23514', CONSTRAINT = 'births_paper_whole';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM births_message AS message
                   WHERE message.id = NEW.message_id AND message.channel = 'paper') THEN
        RAISE EXCEPTION 'a paper is a message of its own' USING ERRCODE = '23514', CONSTRAINT = 'births_paper_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER births_paper_whole AFTER INSERT ON births_paper
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION births_paper_whole();

-- And the other way round: what says it came on paper has a paper.
CREATE FUNCTION births_message_paper() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM births_paper AS paper WHERE paper.message_id = NEW.id) THEN
        RAISE EXCEPTION 'a message on paper has a paper' USING ERRCODE = '23514', CONSTRAINT = 'births_message_paper';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER births_message_paper AFTER INSERT ON births_message
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.channel = 'paper')
    EXECUTE FUNCTION births_message_paper();

-- Four eyes (INV-22): who typed a birth from paper has asked for its card, and does not approve it.
CREATE FUNCTION births_paper_requester() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    typed record;
BEGIN
    SELECT paper.entered_person, paper.entered_by INTO typed
    FROM births_registration AS registration
    JOIN births_message AS message ON message.registration_id = registration.id
    JOIN births_paper AS paper ON paper.message_id = message.id
    WHERE NEW.dossier_id IN (registration.dossier_id, registration.joined_dossier_id)
    ORDER BY paper.id DESC LIMIT 1;
    IF FOUND THEN
        NEW.requester_person := typed.entered_person;
        NEW.requested_by := typed.entered_by;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_paper_requester BEFORE INSERT ON cards_request
    FOR EACH ROW WHEN (NEW.kind = 'first' AND NEW.requester_person = 0) EXECUTE FUNCTION births_paper_requester();

CREATE FUNCTION births_paper_four_eyes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM cards_request AS request
        JOIN births_registration AS registration
            ON request.dossier_id IN (registration.dossier_id, registration.joined_dossier_id)
        JOIN births_message AS message ON message.registration_id = registration.id
        JOIN births_paper AS paper ON paper.message_id = message.id
        WHERE request.id = NEW.request_id AND paper.entered_person = NEW.approver_person) THEN
        RAISE EXCEPTION 'who typed the paper does not approve its card'
            USING ERRCODE = '23514', CONSTRAINT = 'births_paper_four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_paper_four_eyes BEFORE INSERT ON cards_approval
    FOR EACH ROW EXECUTE FUNCTION births_paper_four_eyes();

-- What came on paper is found by its keys when the electronic record arrives; the electronic way carries no index more.
CREATE INDEX births_birth_paper_id ON births_birth ((facts ->> 'personal_id')) WHERE paper_no > 0;
CREATE INDEX births_birth_paper_notice ON births_birth ((facts ->> 'birth_notice_code')) WHERE paper_no > 0;
CREATE INDEX births_birth_paper_born ON births_birth ((facts ->> 'born_on'), (facts ->> 'fold_key'))
    WHERE paper_no > 0;

-- The search for the twin (rules 2.2), over the whole country: which dossiers may be this child's, at which level, and
-- in whose hands. Levels 1 to 5 of the rules; 9 is a brother or sister born the same day. An area of one's own shows
-- the child, any other only that there is one and where.
CREATE FUNCTION births_twins(asked jsonb) RETURNS TABLE (
    level integer, dossier_id bigint, dossier_code text, state text, is_cancelled boolean, area integer,
    unit_name text, province_code text, registration_id bigint, is_mine boolean, message_id text, child_name text,
    child_born_on date, child_sex text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH words AS (
        SELECT nullif(asked ->> 'personal_id', '') AS personal_id, nullif(asked ->> 'birth_notice_code', '') AS notice,
               asked ->> 'commune_code' AS commune_code, asked ->> 'book' AS book, asked ->> 'number' AS number,
               (asked ->> 'year')::smallint AS year, asked ->> 'fold_key' AS fold_key,
               split_part(asked ->> 'tone_key', ' ', -1) AS given, (asked ->> 'born_on')::date AS born_on,
               asked ->> 'sex' AS sex, nullif(asked ->> 'mother_personal_id', '') AS mother_id,
               nullif(asked ->> 'mother_insurance_number', '') AS mother_number,
               nullif(name_fold_key(asked ->> 'mother_name'), '') AS mother_fold,
               coalesce(nullif(asked ->> 'residence_commune_code', ''), asked ->> 'commune_code') AS place
    ),
    entry AS (
        SELECT registration.id, coalesce(registration.dossier_id, registration.joined_dossier_id) AS dossier_id
        FROM births_registration AS registration JOIN words
            ON (registration.commune_code, registration.book, registration.number, registration.year)
               = (words.commune_code, words.book, words.number, words.year)
        WHERE registration.dossier_id IS NOT NULL OR registration.joined_dossier_id IS NOT NULL
           OR registration.cancelled_version IS NOT NULL
    ),
    known AS (
        SELECT person.id FROM persons_person AS person, words WHERE person.personal_id = words.personal_id
        UNION
        SELECT person.id FROM persons_person AS person, words
        WHERE person.birth_notice_code = words.notice AND person.birth_notice_code <> ''
        UNION
        SELECT person.id FROM persons_person AS person, words
        WHERE person.born_on = words.born_on
          AND (person.fold_key = words.fold_key OR person.mother_personal_id = words.mother_id
               OR person.mother_insurance_number = words.mother_number
               OR name_fold_key(person.mother_name) = words.mother_fold)
    ),
    candidates AS (
        SELECT dossier.id FROM dossiers_dossier AS dossier JOIN known ON dossier.person_id = known.id
        WHERE dossier.kind = 'first'
        UNION
        SELECT dossier.id FROM dossiers_dossier AS dossier
        WHERE dossier.person_id IS NULL
          AND dossier.state IN ('RECEIVED', 'CREATE_FAILED', 'CREATED', 'SENT_TNHS', 'EXPORTED_TNHS', 'MANUAL_REVIEW',
                                'CANCELLED')
        UNION
        SELECT entry.dossier_id FROM entry WHERE entry.dossier_id IS NOT NULL
    ),
    facts AS (
        SELECT dossier.id, dossier.code, dossier.state, dossier.area, dossier.unit_id, dossier.province_code,
               dossier.message_id, dossier.child_name, dossier.child_born_on, dossier.child_sex,
               registration.id AS registration_id, birth.facts, person.personal_id AS held_id,
               (birth.facts ->> 'born_on')::date = words.born_on AS is_born_then,
               birth.facts ->> 'fold_key' = words.fold_key AND birth.facts ->> 'sex' = words.sex AS is_named_so,
               split_part(birth.facts ->> 'tone_key', ' ', -1) = words.given AS is_called_so,
               coalesce(nullif(birth.facts ->> 'mother_personal_id', '') = words.mother_id, false)
                   OR coalesce(nullif(birth.facts ->> 'mother_insurance_number', '') = words.mother_number, false)
                   AS is_of_mother,
               coalesce(name_fold_key(birth.facts ->> 'mother_name') = words.mother_fold, false)
                   AND words.place IN (birth.facts ->> 'residence_commune_code', birth.facts ->> 'commune_code')
                   AS is_of_mother_here
        FROM candidates
        JOIN dossiers_dossier AS dossier ON dossier.id = candidates.id
        JOIN births_registration AS registration ON registration.dossier_id = dossier.id
        JOIN births_birth AS birth
            ON birth.registration_id = registration.id AND birth.version = registration.applied_version
           AND birth.paper_no = registration.applied_paper_no
        LEFT JOIN persons_person AS person ON person.id = dossier.person_id
        CROSS JOIN words
    ),
    levels AS (
        SELECT facts.*,
               CASE WHEN words.personal_id IN (facts.held_id, facts.facts ->> 'personal_id') THEN 1
                    WHEN facts.id IN (SELECT entry.dossier_id FROM entry) THEN 2
                    WHEN words.notice = facts.facts ->> 'birth_notice_code' THEN 3
                    WHEN is_born_then AND is_named_so AND is_called_so AND is_of_mother THEN 4
                    WHEN is_born_then AND is_named_so AND is_called_so AND is_of_mother_here THEN 5
                    WHEN is_born_then AND (is_of_mother OR is_of_mother_here) THEN 9 END AS found
        FROM facts CROSS JOIN words
    )
    SELECT found, levels.id, levels.code, levels.state, levels.state = 'CANCELLED', levels.area,
           coalesce(unit.name, ''), levels.province_code, levels.registration_id, mine.is_mine,
           CASE WHEN mine.is_mine THEN levels.message_id ELSE '' END,
           CASE WHEN mine.is_mine THEN levels.child_name ELSE '' END,
           CASE WHEN mine.is_mine THEN levels.child_born_on END,
           CASE WHEN mine.is_mine THEN levels.child_sex ELSE '' END
    FROM levels
    LEFT JOIN catalogues_unit AS unit ON unit.id = levels.unit_id
    CROSS JOIN LATERAL (SELECT authz.everywhere() OR levels.area = ANY (authz.areas()) AS is_mine) AS mine
    WHERE found IS NOT NULL
    UNION ALL
    -- A register entry that was cancelled before anything came of it.
    SELECT 2, NULL, '', 'CANCELLED', true, 0, '', '', entry.id, false, '', '', NULL, '' FROM entry
    WHERE entry.dossier_id IS NULL
    ORDER BY 1, 2
$$;

-- Which version a paper about this register entry is written after, and the next number among the papers behind it.
CREATE FUNCTION births_paper_place(of_commune text, of_book text, of_number text, of_year smallint)
RETURNS TABLE (after_version integer, paper_no smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH standing AS (
        SELECT coalesce((SELECT greatest(registration.applied_version, registration.cancelled_version, 0)
                         FROM births_registration AS registration
                         WHERE (registration.commune_code, registration.book, registration.number, registration.year)
                               = (of_commune, of_book, of_number, of_year)), 0) AS version
    )
    SELECT standing.version,
           (1 + count(paper.id) FILTER (WHERE message.state NOT IN ('pending', 'held')))::smallint
    FROM standing
    LEFT JOIN births_paper AS paper
        ON (paper.commune_code, paper.book, paper.number, paper.year, paper.after_version)
           = (of_commune, of_book, of_number, of_year, standing.version)
    LEFT JOIN births_message AS message ON message.id = paper.message_id
    GROUP BY standing.version
$$;

-- They must see every child, whoever asks and whoever owns the tables.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_paper_whole() OWNER TO lienthong_worker;
ALTER FUNCTION births_message_paper() OWNER TO lienthong_worker;
ALTER FUNCTION births_paper_requester() OWNER TO lienthong_worker;
ALTER FUNCTION births_paper_four_eyes() OWNER TO lienthong_worker;
ALTER FUNCTION births_twins(jsonb) OWNER TO lienthong_worker;
ALTER FUNCTION births_paper_place(text, text, text, smallint) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION births_twins(jsonb), births_paper_place(text, text, text, smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_twins(jsonb), births_paper_place(text, text, text, smallint)
    TO lienthong_web, lienthong_worker;

GRANT SELECT, INSERT ON births_paper, births_scan, births_paperrefusal TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- A paper is seen by whoever took it in and by whoever has the dossier.
ALTER TABLE births_paper ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_area ON births_paper TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[])
           OR EXISTS (SELECT 1 FROM births_message AS message
                      JOIN births_registration AS registration ON registration.id = message.registration_id
                      JOIN dossiers_dossier AS seen
                          ON seen.id IN (registration.dossier_id, registration.joined_dossier_id)
                      WHERE message.id = births_paper.message_id))
    WITH CHECK (area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON births_paper TO lienthong_worker USING (true);

ALTER TABLE births_scan ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_paper ON births_scan TO lienthong_web
    USING (EXISTS (SELECT 1 FROM births_paper AS seen WHERE seen.id = births_scan.paper_id));
CREATE POLICY of_system ON births_scan TO lienthong_worker USING (true);

ALTER TABLE births_paperrefusal ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_area ON births_paperrefusal TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON births_paperrefusal TO lienthong_worker USING (true);

DROP POLICY of_dossier ON births_registration;
CREATE POLICY of_dossier ON births_registration FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id IN (dossier_id, joined_dossier_id)));

INSERT INTO audit_subject (kind, table_name) VALUES ('paper', 'births_paper');
