-- Answering: whoever answers now for a commune sees what its former unit handed over, to take new requests about it.

-- The units that were ever declared for a commune which has become one of the signed-in officer's units' own. Only for who
-- is bounded to units: a province's officer sees the units of its province anyway. A wider answer than needed is harmless:
-- each row is checked against the map.
-- The planner takes the few units of a session for a thousand and would compile the statement: a hundred times its cost.
CREATE FUNCTION authz.former_areas() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    mine integer[] := (SELECT s.areas FROM authz.alive(current_setting('lienthong.token', true)) AS s);
BEGIN
    IF coalesce(cardinality(mine), 0) = 0 THEN
        RETURN '{}';
    END IF;
    RETURN (
        WITH RECURSIVE place AS (
            SELECT declared.commune_code AS code
            FROM public.catalogues_workplace AS declared
            WHERE declared.unit_id = ANY (mine) AND declared.commune_code <> ''
            UNION
            SELECT merged.old_code FROM place JOIN public.catalogues_succession AS merged ON merged.new_code = place.code
        )
        SELECT coalesce(array_agg(DISTINCT former.unit_id::integer), '{}')
        FROM place JOIN public.catalogues_workplace AS former
            ON former.commune_code = place.code OR (former.commune_code = '' AND former.district_code = place.code)
        WHERE former.unit_id <> ALL (mine));
END $$;
REVOKE ALL ON FUNCTION authz.former_areas() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authz.former_areas() TO lienthong_web, lienthong_worker;

-- Read, and locked while a request is made; never moved: what has been handed over is over.
CREATE POLICY of_answering ON dossiers_dossier FOR SELECT TO lienthong_web
    USING (state = 'RETURNED' AND area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM catalogues_route AS route
                       WHERE route.commune_code = coalesce(nullif(chosen_commune_code, ''), dossiers_dossier.commune_code)
                         AND route.registered @> coalesce(chosen_on, registered_on)
                         AND route.unit_id = ANY ((SELECT authz.areas())::int[])));
CREATE POLICY of_answering_locked ON dossiers_dossier FOR UPDATE TO lienthong_web
    USING (state = 'RETURNED' AND area = ANY ((SELECT authz.former_areas())::int[])
           AND EXISTS (SELECT 1 FROM catalogues_route AS route
                       WHERE route.commune_code = coalesce(nullif(chosen_commune_code, ''), dossiers_dossier.commune_code)
                         AND route.registered @> coalesce(chosen_on, registered_on)
                         AND route.unit_id = ANY ((SELECT authz.areas())::int[])))
    WITH CHECK (false);
