-- Whose cards: by area; events through the cards that are visible.

GRANT SELECT, UPDATE ON cards_card, cards_request, cards_copy TO lienthong_web;
GRANT SELECT, INSERT ON cards_approval, cards_printrun, cards_handover TO lienthong_web;
GRANT INSERT ON cards_copy TO lienthong_web;
GRANT SELECT ON cards_event TO lienthong_web;

ALTER TABLE cards_card ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_card FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_card TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_card TO lienthong_worker USING (true);

ALTER TABLE cards_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_request FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_request TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_request TO lienthong_worker USING (true);

ALTER TABLE cards_approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_approval FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_approval TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_approval TO lienthong_worker USING (true);

ALTER TABLE cards_printrun ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_printrun FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_printrun TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_printrun TO lienthong_worker USING (true);

ALTER TABLE cards_copy ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_copy FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_copy TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_copy TO lienthong_worker USING (true);

ALTER TABLE cards_handover ENABLE ROW LEVEL SECURITY;
ALTER TABLE cards_handover FORCE ROW LEVEL SECURITY;
CREATE POLICY of_area ON cards_handover TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON cards_handover TO lienthong_worker USING (true);

ALTER TABLE cards_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_card ON cards_event FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id));
CREATE POLICY of_system ON cards_event TO lienthong_worker USING (true);

GRANT SELECT, INSERT, UPDATE ON cards_card, cards_request, cards_copy TO lienthong_worker;
GRANT SELECT, INSERT ON cards_approval, cards_printrun, cards_handover TO lienthong_worker;
GRANT SELECT ON cards_event TO lienthong_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lienthong_worker, lienthong_web;

-- Who looked at a card or printed a run may be read by whoever may see the row itself.
INSERT INTO audit_subject (kind, table_name) VALUES ('card', 'cards_card'), ('print_run', 'cards_printrun');
