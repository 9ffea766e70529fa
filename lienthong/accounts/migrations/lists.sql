-- Who may change the lists from a page: the centre everywhere, an officer of a province there. Everybody reads them.
-- Reads: authz.session. Writes: nothing; the policies below decide about catalogues_unit, _workplace and _upload.

-- The provinces of the living session; none for an officer of one unit. The centre has authz.everywhere() instead.
CREATE FUNCTION authz.provinces() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT s.provinces FROM authz.alive(current_setting('lienthong.token', true)) AS s), '{}')
$$;

CREATE FUNCTION authz.officer() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.officer_id FROM authz.alive(current_setting('lienthong.token', true)) AS s
$$;
REVOKE ALL ON FUNCTION authz.provinces(), authz.officer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.provinces(), authz.officer() TO lienthong_web, lienthong_worker;

GRANT INSERT, UPDATE ON catalogues_unit, catalogues_workplace TO lienthong_web;
GRANT SELECT, INSERT, UPDATE (applied_at) ON catalogues_upload TO lienthong_web;
GRANT SELECT ON catalogues_upload TO lienthong_worker;

-- Reading is open to every role that has the right at all: authz.areas() reads the units as the owner.
ALTER TABLE catalogues_unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogues_unit FORCE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON catalogues_unit FOR SELECT USING (true);
CREATE POLICY of_province_new ON catalogues_unit FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_province ON catalogues_unit FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT authz.provinces())::text[]));
CREATE POLICY of_system ON catalogues_unit TO lienthong_worker USING (true);

-- A declaration also names a unit and a commune of its province: its own word for where it lies is not enough.
CREATE FUNCTION authz.is_of_province(unit_id bigint, place_code text, since date, province_code text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.catalogues_unit AS unit
                   WHERE unit.id = is_of_province.unit_id AND unit.province_code = is_of_province.province_code)
       AND EXISTS (SELECT 1 FROM public.catalogues_division AS place
                   WHERE place.code = place_code AND place.valid @> since
                     AND place.province_code = is_of_province.province_code)
$$;
REVOKE ALL ON FUNCTION authz.is_of_province(bigint, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.is_of_province(bigint, text, date, text) TO lienthong_web;

ALTER TABLE catalogues_workplace ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogues_workplace FORCE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON catalogues_workplace FOR SELECT USING (true);
CREATE POLICY of_province_new ON catalogues_workplace FOR INSERT TO lienthong_web
    WITH CHECK ((SELECT authz.everywhere()) OR (
        province_code = ANY ((SELECT authz.provinces())::text[])
        AND authz.is_of_province(unit_id, coalesce(nullif(commune_code, ''), district_code), lower(valid),
                                 province_code)));
CREATE POLICY of_province ON catalogues_workplace FOR UPDATE TO lienthong_web
    USING ((SELECT authz.everywhere()) OR province_code = ANY ((SELECT authz.provinces())::text[]))
    WITH CHECK ((SELECT authz.everywhere()) OR (
        province_code = ANY ((SELECT authz.provinces())::text[])
        AND authz.is_of_province(unit_id, coalesce(nullif(commune_code, ''), district_code), lower(valid),
                                 province_code)));
CREATE POLICY of_system ON catalogues_workplace TO lienthong_worker USING (true);

ALTER TABLE catalogues_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogues_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY of_sender ON catalogues_upload TO lienthong_web USING (officer_id = (SELECT authz.officer()));
CREATE POLICY of_system ON catalogues_upload FOR SELECT TO lienthong_worker USING (true);

-- Who declared what, and when, is no secret among officers: the lists are the same for all of them.
INSERT INTO audit_subject (kind, table_name)
VALUES ('unit', 'catalogues_unit'), ('workplace', 'catalogues_workplace');
