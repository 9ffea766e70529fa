-- Further cards: who may write them, and the facts of a child that an approved request changes.

GRANT INSERT ON cards_card, cards_request, dossiers_dossier TO lienthong_web;
-- A page opens no dossier but one for a further card; births come in by the steps.
CREATE POLICY opens_exchange ON dossiers_dossier AS RESTRICTIVE FOR INSERT TO lienthong_web
    WITH CHECK (kind = 'exchange');

-- A request's body may carry the birth facts as the registration now has them ('person') and the days the child is
-- entitled to ('entitled_from', 'entitled_end'). They are the child's from the
-- instant the card is active, never before and never otherwise: person, dossiers and card change in one statement.
-- The officer's role has no right to write persons; this trigger writes exactly what was signed off.
CREATE FUNCTION cards_restate() RETURNS trigger
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
        father_personal_id = coalesce(facts ->> 'father_personal_id', person.father_personal_id)
    WHERE person.id = NEW.person_id;
    UPDATE dossiers_dossier AS dossier
    SET child_name = facts ->> 'full_name', child_fold_key = facts ->> 'fold_key',
        child_born_on = (facts ->> 'born_on')::date, child_sex = facts ->> 'sex'
    WHERE dossier.person_id = NEW.person_id;
    RETURN NULL;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_restate() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;

CREATE TRIGGER cards_restate AFTER UPDATE OF status ON cards_card
    FOR EACH ROW WHEN (OLD.status = 'requested' AND NEW.status = 'active') EXECUTE FUNCTION cards_restate();
