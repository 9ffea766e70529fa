-- What officers decided after a card: written once, about the newest version, by two persons where a card is taken away.

GRANT SELECT, INSERT, UPDATE ON births_decision TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
ALTER TABLE births_decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE births_decision FORCE ROW LEVEL SECURITY;
CREATE POLICY of_task ON births_decision TO lienthong_web
    USING (EXISTS (SELECT 1 FROM dossiers_task AS seen WHERE seen.id = task_id));
CREATE POLICY of_system ON births_decision TO lienthong_worker USING (true);

CREATE FUNCTION births_decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{confirmed_person,confirmed_by,confirmed_at,dropped_at,dropped_by,dropped_note}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL OR OLD.dropped_at IS NOT NULL
            OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'a decision is written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_decision_kept BEFORE UPDATE OR DELETE ON births_decision
    FOR EACH ROW EXECUTE FUNCTION births_decision_kept();

-- Pages have no right to write persons or what arose: this writes exactly what the newest version of the child's own
-- registration says, and nothing an officer typed. A personal id of another child breaks person_personal_id_once.
CREATE FUNCTION births_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    facts jsonb;
    holder bigint;
    of_dossier bigint;
BEGIN
    SELECT newest.facts, dossier.person_id, dossier.id INTO facts, holder, of_dossier
    FROM births_birth AS decided
    JOIN births_registration AS registration ON registration.id = decided.registration_id
    JOIN births_birth AS newest
        ON newest.registration_id = registration.id AND newest.version = registration.applied_version
       AND newest.paper_no = registration.applied_paper_no
       AND newest.facts_sha256 = decided.facts_sha256
    JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
    JOIN dossiers_task AS task ON task.id = NEW.task_id AND task.dossier_id = dossier.id
    WHERE decided.id = NEW.birth_id;
    IF holder IS NULL THEN
        RAISE EXCEPTION 'a decision is about the facts as registered now'
            USING ERRCODE = '23514', CONSTRAINT = 'births_decided';
    END IF;
    IF NEW.kind = 'attach' AND TG_OP = 'INSERT' THEN
        UPDATE persons_person SET personal_id = facts ->> 'personal_id', personal_id_status = '' WHERE id = holder;
        UPDATE persons_identityrequest SET state = 'answered', closed_at = NEW.asked_at
        WHERE person_id = holder AND state = 'waiting';
    ELSIF NEW.kind = 'revoke' AND NEW.confirmed_at IS NOT NULL THEN
        UPDATE persons_person
        SET full_name = facts ->> 'full_name', tone_key = facts ->> 'tone_key', fold_key = facts ->> 'fold_key',
            born_on = (facts ->> 'born_on')::date, sex = facts ->> 'sex', died_on = (facts ->> 'died_on')::date
        WHERE id = holder;
        UPDATE dossiers_dossier
        SET child_name = facts ->> 'full_name', child_fold_key = facts ->> 'fold_key',
            child_born_on = (facts ->> 'born_on')::date, child_sex = facts ->> 'sex'
        WHERE person_id = holder;
        -- What arose for a child who was covered until a death stays due; for one who was never covered it is void.
        UPDATE collection_entry SET voided_at = NEW.confirmed_at, void_reason = NEW.reason
        WHERE dossier_id = of_dossier AND voided_at IS NULL AND facts ->> 'died_on' IS NULL;
    END IF;
    RETURN NULL;
END $$;

-- The request that a decision led to was taken back: the question is open again.
CREATE FUNCTION births_undecided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reopened bigint;
BEGIN
    UPDATE births_decision
    SET dropped_at = NEW.ended_at, dropped_by = current_setting('lienthong.by', true), dropped_note = NEW.end_reason
    WHERE further_id = NEW.id AND dropped_at IS NULL
    RETURNING task_id INTO reopened;
    UPDATE dossiers_task SET closed_at = NULL, closed_by = '', outcome = '', note = '' WHERE id = reopened;
    RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_decided() OWNER TO lienthong_worker;
ALTER FUNCTION births_undecided() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;

CREATE TRIGGER births_decided AFTER INSERT OR UPDATE OF confirmed_at ON births_decision
    FOR EACH ROW EXECUTE FUNCTION births_decided();
CREATE TRIGGER births_undecided AFTER UPDATE OF status ON cards_card
    FOR EACH ROW WHEN (OLD.status = 'requested' AND NEW.status = 'cancelled' AND NEW.end_reason = 'EXCHANGE_WITHDRAWN')
    EXECUTE FUNCTION births_undecided();
