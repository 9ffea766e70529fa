-- Dossiers that a confirmed double closed, and suspected doubles whose dossiers move to another unit.
-- Reads: nothing. Writes: persons_pair, persons_merge.

-- Such a dossier is opened again only by the undoing, which runs with the system's rights.
CREATE FUNCTION dossiers_double_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reason <> 'DUPLICATE_CONFIRMED' OR current_user <> 'lienthong_worker' THEN
        RAISE EXCEPTION 'what was closed is opened again only when a confirmed double is undone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dossiers_double_kept BEFORE UPDATE OF state ON dossiers_dossier
    FOR EACH ROW WHEN (OLD.state IN ('REJECTED', 'CANCELLED') AND NEW.state NOT IN ('REJECTED', 'CANCELLED', 'RECEIVED'))
    EXECUTE FUNCTION dossiers_double_kept();

-- Who answers for a person answers for what is suspected of him.
CREATE FUNCTION dossiers_pair_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE persons_pair SET area_low = persons_area_of(low_id)
    WHERE low_id = NEW.person_id AND area_low <> persons_area_of(low_id);
    UPDATE persons_pair SET area_high = persons_area_of(high_id)
    WHERE high_id = NEW.person_id AND area_high <> persons_area_of(high_id);
    UPDATE persons_merge SET area_loser = persons_area_of(loser_id)
    WHERE loser_id = NEW.person_id AND dropped_at IS NULL AND undone_at IS NULL
      AND area_loser <> persons_area_of(loser_id);
    UPDATE persons_merge SET area_survivor = persons_area_of(survivor_id)
    WHERE survivor_id = NEW.person_id AND dropped_at IS NULL AND undone_at IS NULL
      AND area_survivor <> persons_area_of(survivor_id);
    RETURN NULL;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION dossiers_pair_follows() OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
CREATE TRIGGER dossiers_pair_follows AFTER UPDATE OF area ON dossiers_dossier
    FOR EACH ROW WHEN (OLD.area <> NEW.area AND NEW.person_id IS NOT NULL) EXECUTE FUNCTION dossiers_pair_follows();
