-- Old number kept: what was written stays as written; once it can be withdrawn, with by whom, when and why.
-- Reads and writes: persons_oldnumber. Grain: one old number. Repeatable: yes. Refuses (insufficient_privilege) all else.
CREATE OR REPLACE FUNCTION persons_oldnumber_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := '{status,withdrawn_by,withdrawn_at,withdrawn_note}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'noted' OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'an old number stays as written' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
