-- The task forces of the provinces: who may read and write them, and what a citizen and a hospital are told.
-- Reads: authz.session, catalogues_helpline, catalogues_division, catalogues_succession, catalogues_facility.
-- Writes: nothing. Grain: a province and a duty. Repeatable: yes.
-- Refuses: a row whose words are edited or that is deleted; a write without an actor or outside one's province.

CREATE FUNCTION catalogues_helpline_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes CONSTANT text[] := '{valid,withdrawn_at,checked_on,checked_by}';
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - changes IS DISTINCT FROM to_jsonb(OLD) - changes
        OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid) OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'what was published is ended or taken back, never edited'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogues_helpline_kept BEFORE INSERT OR UPDATE OR DELETE ON catalogues_helpline
    FOR EACH ROW EXECUTE FUNCTION catalogues_helpline_kept();

-- Officers know whom to call everywhere; a page that nobody signed in to reads nothing but the functions below.
REVOKE ALL ON catalogues_helpline FROM lienthong_web, lienthong_worker;
GRANT SELECT, INSERT, UPDATE (valid, withdrawn_at, checked_on, checked_by) ON catalogues_helpline
    TO lienthong_web, lienthong_worker;
ALTER TABLE catalogues_helpline ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_officers ON catalogues_helpline FOR SELECT TO lienthong_web
    USING ((SELECT authz.officer()) IS NOT NULL);
CREATE POLICY of_province_new ON catalogues_helpline FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_province ON catalogues_helpline FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_system ON catalogues_helpline TO lienthong_worker USING (true);

-- The province that a code means on a day: itself while it stands, else the one it has become part of.
CREATE FUNCTION catalogues_province_on(asked_code text, asked_on date) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE way (code, step) AS (
        SELECT asked_code, 0
        UNION ALL
        SELECT merged.new_code, way.step + 1
        FROM way JOIN catalogues_succession AS merged
          ON merged.old_code = way.code AND merged.new_code <> way.code AND length(merged.new_code) = 2
             AND merged.effective <= asked_on
        WHERE way.step < 9
    )
    SELECT way.code FROM way
    WHERE EXISTS (SELECT 1 FROM catalogues_division AS province
                  WHERE province.code = way.code AND province.level = 'province' AND province.valid @> asked_on)
    ORDER BY way.step LIMIT 1
$$;

-- What everybody may know: one row for each province and duty of the day, one without a duty for a province that has
-- published nothing. A name only where its owner let it be public.
CREATE FUNCTION catalogues_public_contacts(asked_on date)
RETURNS TABLE (province_code text, province_name text, duty text, full_name text, phone text, email text, office text,
               checked_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT province.code, province.name, line.duty,
           CASE WHEN line.is_name_public THEN line.full_name ELSE '' END, line.phone, line.email, line.office,
           line.checked_on
    FROM catalogues_division AS province
    LEFT JOIN catalogues_helpline AS line
        ON line.province_code = province.code AND line.valid @> asked_on AND line.withdrawn_at IS NULL
    WHERE province.level = 'province' AND province.valid @> asked_on
    ORDER BY province.code, array_position('{hotline,lead,card_desk,it,review}'::text[], line.duty)
$$;

-- Whom a health facility calls: the task force of its province. A code that is not in the list counts by its first two
-- digits, which are the province's. No row for a province that no list knows; one without a duty where nothing is
-- published.
CREATE FUNCTION catalogues_help_line(facility_code text, asked_on date)
RETURNS TABLE (province_code text, province_name text, duty text, full_name text, phone text, email text, office text,
               checked_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH home AS (
        SELECT catalogues_province_on(coalesce(
            (SELECT facility.province_code FROM catalogues_facility AS facility
             WHERE facility.code = facility_code ORDER BY facility.contract @> asked_on DESC, facility.id DESC LIMIT 1),
            left(facility_code, 2)), asked_on) AS code
    )
    SELECT province.code, province.name, line.duty, line.full_name, line.phone, line.email, line.office,
           line.checked_on
    FROM home
    JOIN catalogues_division AS province
        ON province.code = home.code AND province.level = 'province' AND province.valid @> asked_on
    LEFT JOIN catalogues_helpline AS line
        ON line.province_code = province.code AND line.valid @> asked_on AND line.withdrawn_at IS NULL
    ORDER BY array_position('{hotline,lead,card_desk,it,review}'::text[], line.duty)
$$;

-- They run as the worker, who may read the directory and nothing of it is a child's.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION catalogues_province_on(text, date) OWNER TO lienthong_worker;
ALTER FUNCTION catalogues_public_contacts(date) OWNER TO lienthong_worker;
ALTER FUNCTION catalogues_help_line(text, date) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION catalogues_province_on(text, date), catalogues_public_contacts(date),
    catalogues_help_line(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalogues_province_on(text, date), catalogues_public_contacts(date),
    catalogues_help_line(text, date) TO lienthong_web, lienthong_worker;
GRANT EXECUTE ON FUNCTION catalogues_help_line(text, date) TO lienthong_gateway;

INSERT INTO audit_subject (kind, table_name) VALUES ('help_line', 'catalogues_helpline');
