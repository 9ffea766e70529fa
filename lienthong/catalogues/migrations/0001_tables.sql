-- Who may read and write the lists, and the one row that counts their changes.
-- Reads: lienthong.by of the transaction. Writes: catalogues_version (by trigger).

INSERT INTO catalogues_version (id, number, divisions_digest) VALUES (1, 0, '');

-- The lists decide where children's dossiers go: nobody changes them without a name.
CREATE FUNCTION catalogues_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('lienthong.by', true), '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE catalogues_version SET number = number + 1 WHERE id = 1;
    RETURN NULL;
END $$;
CREATE TRIGGER catalogues_division_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalogues_division FOR EACH STATEMENT EXECUTE FUNCTION catalogues_changed();
CREATE TRIGGER catalogues_succession_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalogues_succession FOR EACH STATEMENT EXECUTE FUNCTION catalogues_changed();
CREATE TRIGGER catalogues_unit_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalogues_unit FOR EACH STATEMENT EXECUTE FUNCTION catalogues_changed();
CREATE TRIGGER catalogues_workplace_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalogues_workplace FOR EACH STATEMENT EXECUTE FUNCTION catalogues_changed();
CREATE TRIGGER catalogues_facility_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalogues_facility FOR EACH STATEMENT EXECUTE FUNCTION catalogues_changed();

-- Pages read; what is imported or derived is written with the worker's rights.
REVOKE ALL ON catalogues_division, catalogues_succession, catalogues_unit, catalogues_workplace, catalogues_facility,
    catalogues_ethnicgroup, catalogues_nationality, catalogues_benefitgroup, catalogues_version, catalogues_route
    FROM lienthong_web, lienthong_worker;
GRANT SELECT ON catalogues_division, catalogues_succession, catalogues_unit, catalogues_workplace, catalogues_facility,
    catalogues_ethnicgroup, catalogues_nationality, catalogues_benefitgroup, catalogues_version, catalogues_route
    TO lienthong_web, lienthong_worker;
GRANT INSERT, UPDATE, DELETE ON catalogues_division, catalogues_succession, catalogues_unit, catalogues_workplace,
    catalogues_facility, catalogues_ethnicgroup, catalogues_nationality, catalogues_benefitgroup, catalogues_route
    TO lienthong_worker;
GRANT UPDATE (divisions_digest, routes_version, routes_on) ON catalogues_version TO lienthong_worker;
-- Names and codes are counted by identity columns; inserting needs no right on their sequences.
