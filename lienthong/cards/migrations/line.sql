-- The line of a child's cards: which card a further one replaces, its facts, and who may look after it once units change.

-- Every card that there was names what it replaced as its request does; in the name of the system.
SET LOCAL ROLE lienthong_worker;
SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', now()::text, true);
UPDATE cards_card AS card SET replaces_id = request.replaces_id
FROM cards_request AS request WHERE request.id = card.request_id AND request.replaces_id IS NOT NULL;
SELECT set_config('lienthong.by', '', true), set_config('lienthong.at', '', true);
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;

-- A card keeps what it replaces too.
DROP TRIGGER cards_card_kept ON cards_card;
CREATE OR REPLACE FUNCTION cards_card_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.person_id, NEW.request_id, NEW.insurance_number, NEW.replaces_id)
            IS DISTINCT FROM (OLD.id, OLD.code, OLD.person_id, OLD.request_id, OLD.insurance_number, OLD.replaces_id) THEN
        RAISE EXCEPTION 'a card keeps its code, holder and cause' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_card_kept BEFORE DELETE OR UPDATE OF id, code, person_id, request_id, insurance_number, replaces_id
    ON cards_card FOR EACH ROW EXECUTE FUNCTION cards_card_kept();

-- As before, and where the child lives and under whose name it stands.
CREATE OR REPLACE FUNCTION cards_restate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb;
    facts jsonb;
    new_id text;
BEGIN
    SELECT convert_from(request.body, 'UTF8')::jsonb INTO said
    FROM cards_request AS request WHERE request.id = NEW.request_id AND request.replaces_id IS NOT NULL;
    IF said ? 'entitled_from' THEN
        UPDATE persons_person SET entitled = daterange((said ->> 'entitled_from')::date, (said ->> 'entitled_end')::date)
        WHERE id = NEW.person_id;
    END IF;
    facts := said -> 'person';
    IF facts IS NULL THEN
        RETURN NULL;
    END IF;
    new_id := nullif(facts ->> 'personal_id', '');
    IF new_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM persons_person AS other
        WHERE other.personal_id = new_id AND other.merged_into_id IS NULL AND other.id <> NEW.person_id) THEN
        new_id := NULL;
    END IF;
    UPDATE persons_person AS person
    SET full_name = facts ->> 'full_name', tone_key = facts ->> 'tone_key', fold_key = facts ->> 'fold_key',
        born_on = (facts ->> 'born_on')::date, sex = facts ->> 'sex',
        -- A number that the registration no longer has is not taken away here: it may be right all the same.
        personal_id = coalesce(new_id, person.personal_id),
        personal_id_status = CASE WHEN new_id IS NOT NULL THEN '' ELSE person.personal_id_status END,
        mother_name = coalesce(facts ->> 'mother_name', person.mother_name),
        mother_born = coalesce(facts ->> 'mother_born', person.mother_born),
        mother_personal_id = coalesce(facts ->> 'mother_personal_id', person.mother_personal_id),
        father_name = coalesce(facts ->> 'father_name', person.father_name),
        father_born = coalesce(facts ->> 'father_born', person.father_born),
        father_personal_id = coalesce(facts ->> 'father_personal_id', person.father_personal_id),
        guardian_name = coalesce(facts ->> 'guardian_name', person.guardian_name),
        residence_text = coalesce(facts ->> 'residence_text', person.residence_text),
        residence_commune_code = coalesce(facts ->> 'residence_commune_code', person.residence_commune_code)
    WHERE person.id = NEW.person_id;
    UPDATE dossiers_dossier AS dossier
    SET child_name = facts ->> 'full_name', child_fold_key = facts ->> 'fold_key',
        child_born_on = (facts ->> 'born_on')::date, child_sex = facts ->> 'sex'
    WHERE dossier.person_id = NEW.person_id;
    RETURN NULL;
END $$;

-- Cards whose dossier the unit that answers now sees: read, and ended when the further card is approved there.
CREATE POLICY of_answering ON cards_card FOR SELECT TO lienthong_web
    USING (status NOT IN ('requested', 'cancelled') AND area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_answering_ended ON cards_card FOR UPDATE TO lienthong_web
    USING (status = 'active' AND area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id))
    WITH CHECK (status IN ('active', 'superseded', 'expired') AND area = ANY ((SELECT authz.former_areas())::int[]));
CREATE POLICY of_answering ON cards_request FOR SELECT TO lienthong_web
    USING (area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM dossiers_dossier AS seen WHERE seen.id = dossier_id));
CREATE POLICY of_answering ON cards_approval FOR SELECT TO lienthong_web
    USING (area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM cards_request AS seen WHERE seen.id = request_id));
CREATE POLICY of_answering ON cards_copy FOR SELECT TO lienthong_web
    USING (area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));
CREATE POLICY of_answering ON cards_handover FOR SELECT TO lienthong_web
    USING (area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));

-- A link to a replaced card leads to the one that came in its place: that of the same days, before a later one.
DO $$
DECLARE
    told text := pg_get_functiondef('cards_open_link(text, text, boolean, text)'::regprocedure);
    mended text := replace(told, 'ORDER BY upper(card.valid) DESC, card.id DESC LIMIT 1',
                           'ORDER BY card.valid && own.valid DESC, lower(card.valid), card.id DESC LIMIT 1');
BEGIN
    IF mended = told THEN
        RAISE EXCEPTION 'cards_open_link does not choose the newer card as it did';
    END IF;
    EXECUTE mended;
END $$;
