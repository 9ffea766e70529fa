-- A saved filter is its officer's alone: the session says whose.
-- Reads: authz.session. Writes: nothing.

GRANT SELECT, INSERT, DELETE ON accounts_savedfilter TO lienthong_web;
GRANT SELECT ON accounts_savedfilter TO lienthong_worker;
GRANT USAGE ON SEQUENCE accounts_savedfilter_id_seq TO lienthong_web;

ALTER TABLE accounts_savedfilter ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_savedfilter FORCE ROW LEVEL SECURITY;
CREATE POLICY of_officer ON accounts_savedfilter TO lienthong_web
    USING (officer_id = (SELECT authz.officer())) WITH CHECK (officer_id = (SELECT authz.officer()));
CREATE POLICY of_system ON accounts_savedfilter FOR SELECT TO lienthong_worker USING (true);
