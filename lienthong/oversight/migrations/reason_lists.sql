-- One list of reasons for replies and declarations; the centre adds to it and ends what is no longer given.
-- Reads: oversight_reason, authz.session. Writes: oversight_reason, oversight_connectionstep, audit_subject.
-- Grain: a reason. Repeatable: yes. Refuses: a reason edited, deleted, ended in the past or by anybody but the centre; a
-- declaration with a reason that is in no list.

INSERT INTO oversight_reason (list_name, code, place, label, valid_from) VALUES
    ('unconnected', 'UNITS_UNDECLARED', 6, 'Chưa khai báo nơi làm việc của đơn vị cấp thẻ', '2020-01-15'),
    ('unconnected', 'PAUSED', 7, 'Tạm dừng để nâng cấp phần mềm', '2020-01-15');

-- Declarations had words of their own for the same.
ALTER TABLE oversight_connectionstep NO FORCE ROW LEVEL SECURITY;
ALTER TABLE oversight_connectionstep DISABLE TRIGGER oversight_connectionstep_kept;
UPDATE oversight_connectionstep
SET reason = CASE reason WHEN 'NO_SOFTWARE' THEN 'JUSTICE_SOFTWARE' WHEN 'NETWORK' THEN 'EQUIPMENT' ELSE 'DIVISIONS' END
WHERE reason IN ('NO_SOFTWARE', 'NETWORK', 'REARRANGING');
ALTER TABLE oversight_connectionstep ENABLE TRIGGER oversight_connectionstep_kept;
ALTER TABLE oversight_connectionstep FORCE ROW LEVEL SECURITY;

CREATE FUNCTION oversight_connection_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.is_connected AND NOT EXISTS (
        SELECT 1 FROM oversight_reason AS listed
        WHERE listed.list_name = 'unconnected' AND listed.code = NEW.reason) THEN
        RAISE EXCEPTION 'no such reason' USING ERRCODE = '23503', CONSTRAINT = 'connection_reason_listed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_connection_reason BEFORE INSERT ON oversight_connectionstep
    FOR EACH ROW EXECUTE FUNCTION oversight_connection_reason();

CREATE FUNCTION oversight_reason_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date;
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting' USING ERRCODE = 'insufficient_privilege';
    END IF;
    today := (current_setting('lienthong.at')::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (
        to_jsonb(NEW) - 'valid_to' IS DISTINCT FROM to_jsonb(OLD) - 'valid_to'
        OR OLD.code = 'OTHER' OR OLD.valid_to < today OR NEW.valid_to IS NULL OR NEW.valid_to < today) THEN
        RAISE EXCEPTION 'a reason ends, from today on, and is never edited' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.label = '' OR NEW.valid_to < NEW.valid_from THEN
        RAISE EXCEPTION 'a reason has words and days' USING ERRCODE = '23514', CONSTRAINT = 'reason_whole';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER oversight_reason_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_reason
    FOR EACH ROW EXECUTE FUNCTION oversight_reason_kept();

ALTER TABLE oversight_reason ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_reason FORCE ROW LEVEL SECURITY;
CREATE POLICY of_readers ON oversight_reason FOR SELECT TO lienthong_web USING (true);
CREATE POLICY of_centre_new ON oversight_reason FOR INSERT TO lienthong_web WITH CHECK ((SELECT authz.everywhere()));
CREATE POLICY of_centre ON oversight_reason FOR UPDATE TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_system ON oversight_reason TO lienthong_worker USING (true);
GRANT INSERT, UPDATE (valid_to) ON oversight_reason TO lienthong_web, lienthong_worker;
INSERT INTO audit_subject (kind, table_name) VALUES ('reason', 'oversight_reason');
