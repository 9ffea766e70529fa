-- Which cards wait for paper: asked for on paper, not printed, and not over.
-- Reads: cards_card, cards_paperrequest. Writes: cards_paperwaiting.
-- A request and a print at once may leave a card here that is printed: whoever reads asks the card too.

GRANT SELECT ON cards_paperwaiting TO lienthong_web;
GRANT SELECT, INSERT, DELETE ON cards_paperwaiting TO lienthong_worker;

CREATE FUNCTION cards_paper_asked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO cards_paperwaiting (card_id)
    SELECT card.id FROM new_rows JOIN cards_card AS card ON card.id = new_rows.card_id
    WHERE card.print_count = 0 AND card.status IN ('requested', 'active')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER cards_paper_asked AFTER INSERT ON cards_paperrequest
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION cards_paper_asked();

CREATE FUNCTION cards_paper_over() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM cards_paperwaiting WHERE card_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER cards_paper_over AFTER UPDATE ON cards_card
    FOR EACH ROW WHEN (OLD.print_count = 0 AND NEW.print_count > 0
                       OR OLD.status <> NEW.status AND NEW.status NOT IN ('requested', 'active'))
    EXECUTE FUNCTION cards_paper_over();

-- They must see every card, whoever asks and whoever owns the tables.
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION cards_paper_asked() OWNER TO lienthong_worker;
ALTER FUNCTION cards_paper_over() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;

-- Those that wait already. The owner of the tables sees them only while row-level security does not bind him.
ALTER TABLE cards_card NO FORCE ROW LEVEL SECURITY;
ALTER TABLE cards_paperrequest NO FORCE ROW LEVEL SECURITY;
INSERT INTO cards_paperwaiting (card_id)
SELECT card.id FROM cards_paperrequest AS asked JOIN cards_card AS card ON card.id = asked.card_id
WHERE card.print_count = 0 AND card.status IN ('requested', 'active');
ALTER TABLE cards_paperrequest FORCE ROW LEVEL SECURITY;
ALTER TABLE cards_card FORCE ROW LEVEL SECURITY;
