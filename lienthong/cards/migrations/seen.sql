-- What is seen with a card is asked for row by row, never by making a list of all cards first.
-- Reads and writes: no table. OFFSET 0 changes no answer: it only takes from the planner the other way of asking, which
-- it prefers while its figures say that the tables are nearly empty, and which reads every card for one event.
ALTER POLICY of_card ON cards_event
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id OFFSET 0));
ALTER POLICY of_card ON cards_paperrequest
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id OFFSET 0));
ALTER POLICY of_card ON cards_link
    USING (EXISTS (SELECT 1 FROM cards_card AS seen WHERE seen.id = card_id OFFSET 0));
ALTER POLICY of_finding ON cards_findingstep
    USING (EXISTS (SELECT 1 FROM cards_finding AS seen WHERE seen.id = finding_id OFFSET 0));
