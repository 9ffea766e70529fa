-- Who may change the list of health facilities from a page: the centre everywhere, an officer of a province there and
-- in those that have become part of it. Everybody reads it.
-- Reads: authz.session, catalogues_succession. Writes: nothing; the policies below decide about catalogues_facility.
-- Grain: a facility during one contract. Repeatable: no. Refuses: a row outside the officer's province.

-- The codes under which a province's facilities stand in the list: its own, and those of the provinces that have
-- become part of it.
CREATE FUNCTION catalogues_province_codes(asked_codes text[], asked_on date) RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH RECURSIVE way (code) AS (
        SELECT unnest(asked_codes)
        UNION
        SELECT merged.old_code FROM way JOIN catalogues_succession AS merged
          ON merged.new_code = way.code AND length(merged.old_code) = 2 AND merged.effective <= asked_on
    )
    SELECT coalesce(array_agg(code), '{}') FROM way
$$;
REVOKE EXECUTE ON FUNCTION catalogues_province_codes(text[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalogues_province_codes(text[], date) TO lienthong_web, lienthong_worker;

GRANT INSERT, UPDATE ON catalogues_facility TO lienthong_web;
ALTER TABLE catalogues_facility ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogues_facility FORCE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON catalogues_facility FOR SELECT USING (true);
CREATE POLICY of_province_new ON catalogues_facility FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT authz.everywhere()) OR province_code = ANY ((
        SELECT catalogues_province_codes(authz.provinces(), clock_timestamp()::date))::text[]));
CREATE POLICY of_province ON catalogues_facility FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((
        SELECT catalogues_province_codes(authz.provinces(), clock_timestamp()::date))::text[]));
CREATE POLICY of_system ON catalogues_facility TO lienthong_worker USING (true);

-- Who changed a contract, and when, is no secret among officers: the list is the same for all of them.
INSERT INTO audit_subject (kind, table_name) VALUES ('facility', 'catalogues_facility');
