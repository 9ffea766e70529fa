-- The brake lets go of a cancellation only when two persons said so (guarantees T5).

CREATE FUNCTION births_release_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL
            OR (NEW.id, NEW.message_id, NEW.asked_person, NEW.asked_by, NEW.asked_at)
               IS DISTINCT FROM (OLD.id, OLD.message_id, OLD.asked_person, OLD.asked_by, OLD.asked_at) THEN
        RAISE EXCEPTION 'a release is asked for once and confirmed once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_release_kept BEFORE UPDATE OR DELETE ON births_release
    FOR EACH ROW EXECUTE FUNCTION births_release_kept();

CREATE FUNCTION births_brake_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM births_release AS release
                   WHERE release.message_id = NEW.id AND release.confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'two persons release what the brake holds'
            USING ERRCODE = '23514', CONSTRAINT = 'births_brake_held';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER births_brake_held BEFORE UPDATE OF state, held_for ON births_message FOR EACH ROW
    WHEN (OLD.held_for = 'brake' AND (NEW.held_for, NEW.state) IS DISTINCT FROM (OLD.held_for, OLD.state)
          OR NEW.held_for = 'brake:released' AND OLD.held_for <> NEW.held_for)
    EXECUTE FUNCTION births_brake_held();

GRANT SELECT ON births_release TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON births_release TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;
ALTER TABLE births_release ENABLE ROW LEVEL SECURITY;
ALTER TABLE births_release FORCE ROW LEVEL SECURITY;
CREATE POLICY of_centre ON births_release FOR SELECT TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_system ON births_release TO lienthong_worker USING (true);
