-- Acts of merger: who may write them, and what of them never changes.
-- Reads: lienthong.by of the transaction. Writes: nothing.

-- What was confirmed is what is applied: rows, day and number are fixed from then on, and an act goes forward only.
CREATE FUNCTION catalogues_act_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an act is never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an act begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'draft' AND (NEW.number, NEW.effective, NEW.rows_sha256, NEW.rows, NEW.corrects_id)
            IS DISTINCT FROM (OLD.number, OLD.effective, OLD.rows_sha256, OLD.rows, OLD.corrects_id) THEN
        RAISE EXCEPTION 'a confirmed act is never edited' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('draft', 'confirmed'), ('draft', 'dropped'), ('confirmed', 'entered'), ('confirmed', 'draft'),
            ('entered', 'applied'), ('entered', 'undo_asked'), ('applied', 'undo_asked'), ('undo_asked', 'undone'),
            ('undo_asked', 'applied'), ('undo_asked', 'entered')) THEN
        RAISE EXCEPTION 'an act does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogues_act_kept BEFORE INSERT OR UPDATE OR DELETE ON catalogues_act
    FOR EACH ROW EXECUTE FUNCTION catalogues_act_kept();

GRANT SELECT ON catalogues_act, catalogues_cutover TO lienthong_web, lienthong_worker;
GRANT INSERT, UPDATE ON catalogues_act, catalogues_cutover TO lienthong_worker;
