-- Entries are the worker's; the pages read those of their area.
GRANT SELECT ON collection_entry TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON collection_entry TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker;

ALTER TABLE collection_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON collection_entry TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON collection_entry TO lienthong_worker USING (true);
