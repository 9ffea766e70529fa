-- Linkages of whole registers: whose they are, and who may order, confirm and take them back.
-- Reads: authz.session through authz.areas(). Writes: nothing but rights.

GRANT SELECT, INSERT ON persons_linkage TO lienthong_web;
GRANT UPDATE (state, stop_asked_by, ended_at, confirmed_by, confirmed_person, confirmed_at, written_count, undone_by, undone_at,
              undone_note) ON persons_linkage TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON persons_linkage, persons_linkedentry TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- A province sees the linkages of its own rows; those of the whole country only whoever sees the whole country. A
-- province's parked rows have minus its code for an area, so that its code is known from the areas of a session.
ALTER TABLE persons_linkage ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons_linkage FORCE ROW LEVEL SECURITY;
CREATE POLICY of_province ON persons_linkage TO lienthong_web
    USING ((SELECT authz.everywhere())
           OR -(nullif(province_code, '')::integer) = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON persons_linkage TO lienthong_worker USING (true);

-- Which entry is whose stands with the entry; this list is for taking a linkage back, which the worker does.
ALTER TABLE persons_linkedentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON persons_linkedentry TO lienthong_worker USING (true);

-- Who looked at a linkage may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('linkage', 'persons_linkage');
