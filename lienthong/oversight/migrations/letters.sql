-- The centre's letters and the provinces' replies: who sees and writes them, what is written once, the lists of reasons.
-- Reads: authz.session through authz.areas(), catalogues_unit, accounts_officer. Writes: oversight_reason, audit_subject.

-- The provinces whose office the session is; for a unit's officer none.
CREATE FUNCTION oversight_offices() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(lpad((-area)::text, 2, '0')), '{}') FROM unnest(authz.areas()) AS area WHERE area < 0
$$;

-- Those, and the province that the session's unit stands in today.
CREATE FUNCTION oversight_provinces() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT oversight_offices() || ARRAY(
        SELECT DISTINCT place.code
        FROM unnest(authz.areas()) AS area JOIN catalogues_unit AS unit ON unit.id = area
        CROSS JOIN LATERAL (VALUES
            (unit.province_code),
            (catalogues_province_on(unit.province_code, (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date))
        ) AS place (code)
        WHERE place.code IS NOT NULL)
$$;

-- The questions to which a reply owes something still: its page names them, and without an end of them nothing is signed.
CREATE FUNCTION oversight_unanswered(asked bigint) RETURNS TABLE (question_id bigint) LANGUAGE sql STABLE AS $$
    SELECT question.id
    FROM oversight_reply AS reply
    JOIN oversight_addressee AS addressee ON addressee.id = reply.addressee_id
    JOIN oversight_question AS question ON question.directive_id = addressee.directive_id
    LEFT JOIN oversight_replyline AS line ON line.reply_id = reply.id AND line.question_id = question.id
    LEFT JOIN oversight_question AS condition
        ON condition.directive_id = question.directive_id AND condition.place = question.only_if_no
    LEFT JOIN oversight_replyline AS decided ON decided.reply_id = reply.id AND decided.question_id = condition.id
    WHERE reply.id = asked
      AND (question.is_required AND (question.only_if_no IS NULL OR decided.is_yes IS FALSE)
           AND NOT coalesce(CASE question.kind
               WHEN 'figure' THEN coalesce(line.live, line.own) IS NOT NULL
               WHEN 'reasons' THEN cardinality(line.reasons) > 0
               WHEN 'text' THEN line.text <> ''
               WHEN 'day' THEN line.day IS NOT NULL
               WHEN 'yes_no' THEN line.is_yes IS NOT NULL
               WHEN 'plan' THEN jsonb_array_length(line.plans) > 0 END, false)
           -- What was begun is whole, asked for or not.
           OR line.own IS NOT NULL AND line.own_reason = ''
           OR 'OTHER' = ANY (line.reasons) AND line.text = ''
           OR EXISTS (SELECT 1 FROM jsonb_array_elements(line.plans) AS plan
                      WHERE coalesce(plan ->> 'work', '') = '' OR coalesce(plan ->> 'until', '') = ''))
$$;

REVOKE ALL ON FUNCTION oversight_offices(), oversight_provinces(), oversight_unanswered(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_offices(), oversight_provinces(), oversight_unanswered(bigint)
TO lienthong_web, lienthong_worker;

GRANT SELECT, INSERT, UPDATE, DELETE ON oversight_directive, oversight_question, oversight_replyline
TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE (due_on, opened_at, opened_by) ON oversight_addressee TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT ON oversight_addendum, oversight_reminder TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON oversight_reply TO lienthong_web, lienthong_worker;
GRANT SELECT ON oversight_reason TO lienthong_web, lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- A letter's draft is the centre's alone; once issued it is read in every province that it went to.
ALTER TABLE oversight_addressee ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_addressee TO lienthong_worker USING (true);
CREATE POLICY of_centre ON oversight_addressee TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_province ON oversight_addressee FOR SELECT TO lienthong_web
    USING (province_code = ANY ((SELECT oversight_provinces())::text[]));
CREATE POLICY of_office ON oversight_addressee FOR UPDATE TO lienthong_web
    USING (province_code = ANY ((SELECT oversight_offices())::text[]));

ALTER TABLE oversight_directive ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_directive TO lienthong_worker USING (true);
CREATE POLICY of_centre ON oversight_directive TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_addressee ON oversight_directive FOR SELECT TO lienthong_web
    USING (state <> 'draft' AND EXISTS (
        SELECT 1 FROM oversight_addressee AS own WHERE own.directive_id = oversight_directive.id OFFSET 0));

ALTER TABLE oversight_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_question TO lienthong_worker USING (true);
CREATE POLICY of_centre ON oversight_question TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_directive ON oversight_question FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_directive AS seen WHERE seen.id = directive_id OFFSET 0));

ALTER TABLE oversight_addendum ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_addendum TO lienthong_worker USING (true);
CREATE POLICY of_centre ON oversight_addendum TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_province ON oversight_addendum FOR SELECT TO lienthong_web
    USING ((province_code = '' OR province_code = ANY ((SELECT oversight_provinces())::text[]))
           AND EXISTS (SELECT 1 FROM oversight_directive AS seen WHERE seen.id = directive_id OFFSET 0));

ALTER TABLE oversight_reminder ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_reminder TO lienthong_worker USING (true);
CREATE POLICY of_centre ON oversight_reminder TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_addressee ON oversight_reminder FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_addressee AS seen WHERE seen.id = addressee_id OFFSET 0));

-- A reply is its province's until a director has signed it; then the centre reads it, and the province's units.
ALTER TABLE oversight_reply ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_reply TO lienthong_worker USING (true);
CREATE POLICY of_office ON oversight_reply TO lienthong_web
    USING (province_code = ANY ((SELECT oversight_offices())::text[]));
CREATE POLICY of_sent ON oversight_reply FOR SELECT TO lienthong_web
    USING (state = 'sent' AND ((SELECT authz.everywhere())
                               OR province_code = ANY ((SELECT oversight_provinces())::text[])));

ALTER TABLE oversight_replyline ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON oversight_replyline TO lienthong_worker USING (true);
CREATE POLICY of_reply ON oversight_replyline TO lienthong_web
    USING (EXISTS (SELECT 1 FROM oversight_reply AS seen WHERE seen.id = reply_id OFFSET 0));

CREATE FUNCTION oversight_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION oversight_refuse(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oversight_refuse(text) TO lienthong_web, lienthong_worker;

-- A letter is written while it is a draft, issued to somebody with something to answer, closed, and no more.
CREATE FUNCTION oversight_directive_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closing text[] := '{state,closed_by,closed_at,closed_note}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN PERFORM oversight_refuse('a letter begins as a draft'); END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN PERFORM oversight_refuse('an issued letter stays'); END IF;
        RETURN OLD;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'issued'), ('issued', 'closed'))
        OR (OLD.state = 'issued' AND to_jsonb(NEW) - closing IS DISTINCT FROM to_jsonb(OLD) - closing) THEN
        PERFORM oversight_refuse('an issued letter is written once, and closed once');
    END IF;
    IF NEW.state = 'issued' AND NOT (
        EXISTS (SELECT 1 FROM oversight_addressee WHERE directive_id = NEW.id)
        AND EXISTS (SELECT 1 FROM oversight_question WHERE directive_id = NEW.id)) THEN
        PERFORM oversight_refuse('a letter goes to somebody and asks something');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_directive_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_directive
    FOR EACH ROW EXECUTE FUNCTION oversight_directive_kept();

CREATE FUNCTION oversight_question_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    letter bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.directive_id ELSE NEW.directive_id END;
BEGIN
    IF (SELECT state FROM oversight_directive WHERE id = letter FOR UPDATE) IS DISTINCT FROM 'draft'
        OR (TG_OP = 'UPDATE' AND NEW.directive_id <> OLD.directive_id) THEN
        PERFORM oversight_refuse('the questions of an issued letter stay');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_question_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_question
    FOR EACH ROW EXECUTE FUNCTION oversight_question_kept();

-- Whom a letter goes to is written in the transaction that issues it. Its day moves as an addendum says.
CREATE FUNCTION oversight_addressee_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT state FROM oversight_directive WHERE id = NEW.directive_id) IS DISTINCT FROM 'draft' THEN
            PERFORM oversight_refuse('nobody joins a letter that is issued');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
        OR (NEW.directive_id, NEW.province_code, NEW.province_name)
            IS DISTINCT FROM (OLD.directive_id, OLD.province_code, OLD.province_name)
        OR (OLD.opened_at IS NOT NULL
            AND (NEW.opened_at, NEW.opened_by) IS DISTINCT FROM (OLD.opened_at, OLD.opened_by))
        OR (NEW.due_on <> OLD.due_on AND NOT EXISTS (
            SELECT 1 FROM oversight_addendum AS later
            WHERE later.directive_id = NEW.directive_id AND later.due_on = NEW.due_on
              AND later.province_code IN ('', NEW.province_code))) THEN
        PERFORM oversight_refuse('an addressee stays; a due day moves by an addendum');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_addressee_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_addressee
    FOR EACH ROW EXECUTE FUNCTION oversight_addressee_kept();

CREATE FUNCTION oversight_added_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    letter bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM oversight_refuse('what was added to a letter stays'); END IF;
    letter := CASE TG_TABLE_NAME WHEN 'oversight_addendum' THEN (to_jsonb(NEW) ->> 'directive_id')::bigint
              ELSE (SELECT directive_id FROM oversight_addressee WHERE id = (to_jsonb(NEW) ->> 'addressee_id')::bigint) END;
    IF (SELECT state FROM oversight_directive WHERE id = letter) IS DISTINCT FROM 'issued' THEN
        PERFORM oversight_refuse('only a letter that is issued and open is added to');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_addendum_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_addendum
    FOR EACH ROW EXECUTE FUNCTION oversight_added_kept();
CREATE TRIGGER oversight_reminder_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_reminder
    FOR EACH ROW EXECUTE FUNCTION oversight_added_kept();

-- Nobody signs what he wrote.
ALTER TABLE oversight_reply ADD CONSTRAINT reply_four_eyes
    CHECK (signed_person IS NULL OR signed_person <> ALL (editors));

-- A reply is written as a draft, presented whole, signed by a director and sent; the sent one stays for ever. Closing,
-- extending, reminding and sending all take the addressee's row first, so that each sees what the other did.
CREATE FUNCTION oversight_reply_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held oversight_addressee;
    latest oversight_reply;
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (OLD.state = 'sent'
        OR (NEW.addressee_id, NEW.province_code, NEW.version, NEW.reason, NEW.drafted_by, NEW.drafted_at)
            IS DISTINCT FROM (OLD.addressee_id, OLD.province_code, OLD.version, OLD.reason, OLD.drafted_by, OLD.drafted_at)
        OR NOT OLD.editors <@ NEW.editors
        OR (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'presented'), ('presented', 'draft'),
                                          ('presented', 'sent')))) THEN
        PERFORM oversight_refuse('a reply stays as it was sent');
    END IF;
    SELECT * INTO held FROM oversight_addressee WHERE id = NEW.addressee_id FOR UPDATE;
    IF (SELECT state FROM oversight_directive WHERE id = held.directive_id) IS DISTINCT FROM 'issued' THEN
        PERFORM oversight_refuse('the letter takes no reply');
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO latest FROM oversight_reply WHERE addressee_id = held.id ORDER BY version DESC LIMIT 1;
        IF NEW.state <> 'draft' OR NEW.version <> coalesce(latest.version, 0) + 1
            OR (latest.id IS NOT NULL AND latest.state <> 'sent') THEN
            PERFORM oversight_refuse('a reply begins as a draft, behind the one that was sent');
        END IF;
        NEW.province_code := held.province_code;
        RETURN NEW;
    END IF;
    IF NEW.state <> 'draft' AND EXISTS (SELECT 1 FROM oversight_unanswered(NEW.id)) THEN
        PERFORM oversight_refuse('questions are left');
    END IF;
    IF NEW.state = 'draft' AND OLD.state = 'presented' AND (NEW.returned_note = '' OR NEW.returned_at IS NULL) THEN
        PERFORM oversight_refuse('who sends back says why');
    END IF;
    IF NEW.state = 'sent' THEN
        IF NOT EXISTS (
            SELECT 1 FROM accounts_officer AS director
            WHERE director.person_key = NEW.signed_person AND director.role = 'province' AND director.is_active
              AND director.unit_code = '' AND 'officer:' || director.username = NEW.signed_by) THEN
            PERFORM oversight_refuse('a director signs');
        END IF;
        NEW.due_on := held.due_on;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_reply_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_reply
    FOR EACH ROW EXECUTE FUNCTION oversight_reply_kept();

-- Lines change in a draft alone, by somebody who is written down as an editor, with reasons from the question's list.
CREATE FUNCTION oversight_replyline_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held oversight_reply;
    asked oversight_question;
    writer bigint := nullif(current_setting('lienthong.account', true), '')::bigint;
BEGIN
    SELECT * INTO held FROM oversight_reply
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.reply_id ELSE NEW.reply_id END FOR UPDATE;
    IF held.state IS DISTINCT FROM 'draft' OR EXISTS (
        SELECT 1 FROM accounts_officer WHERE id = writer AND person_key <> ALL (held.editors)) THEN
        PERFORM oversight_refuse('a reply is written in its draft, by its editors');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    SELECT question.* INTO asked
    FROM oversight_question AS question
    JOIN oversight_addressee AS addressee ON addressee.directive_id = question.directive_id
    WHERE question.id = NEW.question_id AND addressee.id = held.addressee_id;
    IF asked.id IS NULL OR (TG_OP = 'UPDATE' AND (NEW.reply_id, NEW.question_id)
            IS DISTINCT FROM (OLD.reply_id, OLD.question_id))
        OR (asked.kind <> 'figure' AND (NEW.live IS NOT NULL OR NEW.own IS NOT NULL))
        OR jsonb_typeof(NEW.plans) <> 'array'
        OR EXISTS (SELECT 1 FROM unnest(NEW.reasons) AS given WHERE NOT EXISTS (
            SELECT 1 FROM oversight_reason AS listed
            WHERE listed.list_name = asked.reason_list AND listed.code = given)) THEN
        PERFORM oversight_refuse('a line answers a question of its letter');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER oversight_replyline_kept BEFORE INSERT OR UPDATE OR DELETE ON oversight_replyline
    FOR EACH ROW EXECUTE FUNCTION oversight_replyline_kept();

-- One number of a letter a year, and letters found by any words of theirs.
CREATE UNIQUE INDEX directive_number_of_year ON oversight_directive (lower(number), date_part('year', dated_on))
    WHERE state <> 'draft';

INSERT INTO oversight_reason (list_name, code, place, label, valid_from) VALUES
    ('late', 'WORKLOAD', 1, 'Số hồ sơ tăng, thiếu người xử lý', '2017-11-10'),
    ('late', 'UNIT_DATA', 2, 'Đơn vị cấp thẻ chưa khai báo hoặc khai báo sai nơi làm việc', '2017-11-10'),
    ('late', 'DIVISIONS', 3, 'Thay đổi, sáp nhập địa bàn hành chính', '2017-11-10'),
    ('late', 'BIRTH_DATA', 4, 'Dữ liệu khai sinh chuyển sang thiếu hoặc sai', '2017-11-10'),
    ('late', 'PERSONAL_ID', 5, 'Số định danh cá nhân báo lỗi, chờ xác minh', '2021-11-01'),
    ('late', 'APPROVAL', 6, 'Chậm duyệt thẻ ở bộ phận Sổ, thẻ', '2017-11-10'),
    ('late', 'PRINTING', 7, 'Thiếu phôi thẻ, hỏng máy in', '2017-11-10'),
    ('late', 'HAND_OVER', 8, 'Gia đình chưa đến nhận thẻ', '2017-11-10'),
    ('late', 'SOFTWARE', 9, 'Lỗi phần mềm, đường truyền', '2017-11-10'),
    ('late', 'OTHER', 99, 'Lý do khác (ghi rõ)', '2017-11-10'),
    ('unconnected', 'NO_AGREEMENT', 1, 'Chưa ký quy chế phối hợp với Sở Tư pháp', '2020-01-15'),
    ('unconnected', 'JUSTICE_SOFTWARE', 2, 'Phần mềm hộ tịch của địa phương chưa kết nối', '2020-01-15'),
    ('unconnected', 'EQUIPMENT', 3, 'Thiếu máy móc, đường truyền ở cấp xã', '2020-01-15'),
    ('unconnected', 'TRAINING', 4, 'Cán bộ chưa được tập huấn', '2020-01-15'),
    ('unconnected', 'DIVISIONS', 5, 'Đang sắp xếp lại đơn vị hành chính', '2020-01-15'),
    ('unconnected', 'OTHER', 99, 'Lý do khác (ghi rõ)', '2020-01-15'),
    ('create_failed', 'UNIT_UNDECLARED', 1, 'Đơn vị cấp thẻ chưa khai báo nơi làm việc', '2020-03-04'),
    ('create_failed', 'UNIT_WRONG', 2, 'Đơn vị cấp thẻ khai báo sai, khai báo trùng nơi làm việc', '2020-03-04'),
    ('create_failed', 'FACILITY', 3, 'Danh mục thiếu cơ sở khám, chữa bệnh', '2020-03-04'),
    ('create_failed', 'BIRTH_DATA', 4, 'Dữ liệu khai sinh thiếu hoặc sai', '2020-03-04'),
    ('create_failed', 'OTHER', 99, 'Lý do khác (ghi rõ)', '2020-03-04'),
    ('agreement', 'DRAFTING', 1, 'Đang dự thảo quy chế', '2020-06-30'),
    ('agreement', 'WAITING', 2, 'Đã gửi Sở Tư pháp, chờ ký', '2020-06-30'),
    ('agreement', 'DISAGREED', 3, 'Chưa thống nhất nội dung với Sở Tư pháp', '2020-06-30'),
    ('agreement', 'OTHER', 99, 'Lý do khác (ghi rõ)', '2020-06-30'),
    ('off_process', 'UNTRAINED', 1, 'Cán bộ chưa nắm đúng quy trình', '2017-11-10'),
    ('off_process', 'LATE_APPROVAL', 2, 'Duyệt thẻ không kịp khi nhận yêu cầu', '2017-11-10'),
    ('off_process', 'LATE_PRINT', 3, 'In thẻ không kịp sau khi duyệt', '2017-11-10'),
    ('off_process', 'EARLY_CLOSE', 4, 'Cắt giá trị thẻ cũ trước khi duyệt thẻ mới', '2017-11-10'),
    ('off_process', 'SOFTWARE', 5, 'Lỗi phần mềm, đường truyền', '2017-11-10'),
    ('off_process', 'OTHER', 99, 'Lý do khác (ghi rõ)', '2017-11-10');

-- Who read and did what with a letter may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('directive', 'oversight_directive'), ('reply', 'oversight_reply');
