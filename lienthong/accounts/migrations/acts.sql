-- Acts of merger are entered by the centre and read by everybody; a merged province sees what its parts left behind.
-- Reads: authz.session, catalogues_unit, catalogues_succession. Writes: nothing.

-- The areas this transaction may see: units named at sign-in, and for a province its units of this moment and its
-- parked rows (minus the province code), with those of the provinces that have become part of it.
CREATE OR REPLACE FUNCTION authz.areas() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT s.areas
            || ARRAY(SELECT -(code::integer) FROM unnest(own.provinces) AS code)
            || ARRAY(
                SELECT u.id::integer FROM public.catalogues_unit AS u
                WHERE u.province_code = ANY (own.provinces))
        FROM authz.alive(current_setting('lienthong.token', true)) AS s
        CROSS JOIN LATERAL (
            SELECT s.provinces || ARRAY(
                SELECT merged.old_code FROM public.catalogues_succession AS merged
                WHERE merged.new_code = ANY (s.provinces) AND length(merged.old_code) = 2
                  AND merged.old_code <> ALL (s.provinces) AND merged.effective <= clock_timestamp()::date) AS provinces) AS own), '{}')
$$;

GRANT INSERT, UPDATE ON catalogues_act, catalogues_cutover TO lienthong_web;

ALTER TABLE catalogues_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON catalogues_act FOR SELECT USING (true);
CREATE POLICY of_centre_new ON catalogues_act FOR INSERT TO lienthong_web WITH CHECK ((SELECT authz.everywhere()));
CREATE POLICY of_centre ON catalogues_act FOR UPDATE TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_system ON catalogues_act TO lienthong_worker USING (true);

ALTER TABLE catalogues_cutover ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_everybody ON catalogues_cutover FOR SELECT USING (true);
CREATE POLICY of_centre_new ON catalogues_cutover FOR INSERT TO lienthong_web WITH CHECK ((SELECT authz.everywhere()));
CREATE POLICY of_centre ON catalogues_cutover FOR UPDATE TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE POLICY of_system ON catalogues_cutover TO lienthong_worker USING (true);
