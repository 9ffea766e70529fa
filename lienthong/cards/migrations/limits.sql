-- The figures the look-up goes by: who may change them, within which bounds, and what they were before.
-- Reads: authz.session, accounts_machine. Writes: cards_lookupsetting, _lookupchange, _lookupday.

INSERT INTO cards_lookupsetting (name, value) VALUES
    ('minute_ceiling', 6000),    -- the most that a province may give one account in a minute
    ('day_ceiling', 100000),     -- and in a day
    ('miss_ceiling', 40),        -- and the most of 50 in vain
    ('normal_peak', 1000),       -- calls of all accounts in a busy minute, while no month of use is known
    ('door_ceiling', 60000);     -- calls of all accounts in a minute that close the door

ALTER TABLE cards_lookupsetting ADD CONSTRAINT lookup_setting_bounds CHECK (
    CASE name
        WHEN 'is_open' THEN value IN (0, 1)
        WHEN 'discloses_names' THEN value IN (0, 1)
        WHEN 'target_misses' THEN value BETWEEN 3 AND 50
        WHEN 'decoy_touches' THEN value BETWEEN 1 AND 10
        WHEN 'minute_ceiling' THEN value BETWEEN 60 AND 60000
        WHEN 'day_ceiling' THEN value BETWEEN 500 AND 1000000
        WHEN 'miss_ceiling' THEN value BETWEEN 20 AND 45
        WHEN 'normal_peak' THEN value BETWEEN 100 AND 1000000
        WHEN 'door_ceiling' THEN value BETWEEN 1000 AND 10000000
        ELSE true END);

GRANT SELECT, UPDATE (value, note, set_by, set_at) ON cards_lookupsetting TO lienthong_web;
ALTER TABLE cards_lookupsetting ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON cards_lookupsetting TO lienthong_worker USING (true);
CREATE POLICY of_everybody ON cards_lookupsetting FOR SELECT TO lienthong_web USING (true);
CREATE POLICY of_centre ON cards_lookupsetting FOR UPDATE TO lienthong_web USING ((SELECT authz.everywhere()));

-- Each change leaves what was there before; nothing of it is changed or deleted.
GRANT SELECT ON cards_lookupchange TO lienthong_web, lienthong_worker;
ALTER TABLE cards_lookupchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON cards_lookupchange FOR SELECT TO lienthong_worker USING (true);
CREATE POLICY of_centre ON cards_lookupchange FOR SELECT TO lienthong_web USING ((SELECT authz.everywhere()));
CREATE FUNCTION cards_lookupsetting_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.cards_lookupchange (name, value_before, value, note, by)
    VALUES (NEW.name, OLD.value, NEW.value, NEW.note, NEW.set_by);
    RETURN NULL;
END $$;
CREATE TRIGGER cards_lookupsetting_told AFTER UPDATE OF value ON cards_lookupsetting
    FOR EACH ROW WHEN (OLD.value IS DISTINCT FROM NEW.value) EXECUTE FUNCTION cards_lookupsetting_told();

GRANT SELECT, INSERT, UPDATE ON cards_lookuppeak TO lienthong_worker;
GRANT SELECT ON cards_lookuppeak TO lienthong_web;

-- What a hospital used is seen with its account.
GRANT SELECT ON cards_lookupday TO lienthong_web;
ALTER TABLE cards_lookupday ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_system ON cards_lookupday TO lienthong_worker USING (true);
CREATE POLICY of_hospital ON cards_lookupday FOR SELECT TO lienthong_web
    USING (EXISTS (SELECT 1 FROM accounts_machine AS account WHERE account.id = machine_id));

-- An officer gives no account more than the centre allows. The system itself may: it makes the training account.
CREATE FUNCTION cards_within_ceiling() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM public.cards_lookupsetting AS ceiling
        JOIN (VALUES ('minute_ceiling', NEW.minute_limit), ('day_ceiling', NEW.day_limit),
                     ('miss_ceiling', NEW.miss_limit::integer)) AS given (name, value) ON given.name = ceiling.name
        WHERE given.value > ceiling.value) THEN
        RAISE EXCEPTION 'a limit above the ceiling' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cards_within_ceiling BEFORE INSERT OR UPDATE OF minute_limit, day_limit, miss_limit ON accounts_machine
    FOR EACH ROW WHEN (coalesce(current_setting('lienthong.token', true), '') <> '')
    EXECUTE FUNCTION cards_within_ceiling();

-- Who lifts a suspension begins anew: else the misses that led to it would suspend the account at its next call.
CREATE FUNCTION cards_lookup_forgiven() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.cards_lookupday AS kept SET recent = 0, decoy_count = 0
    WHERE kept.machine_id = NEW.machine_id
      AND kept.day = (SELECT max(newest.day) FROM public.cards_lookupday AS newest WHERE newest.machine_id = NEW.machine_id);
    RETURN NULL;
END $$;
CREATE TRIGGER cards_lookup_forgiven AFTER UPDATE OF lifted_at ON accounts_suspension
    FOR EACH ROW WHEN (NEW.lifted_at IS NOT NULL) EXECUTE FUNCTION cards_lookup_forgiven();
