-- Names among the closed dossiers of one's own areas, from the index alone.
-- Reads: dossiers_dossier, authz.session through authz.areas() and authz.everywhere(). Writes: nothing.
-- Since the policies ask for a dossier's commune as well (what a former unit handed over), the index that has the name
-- beside the area no longer answers by itself, and every closed dossier of a province was fetched. Here the areas are
-- those of the session whatever is wanted, so that no policy is needed; what is found is read under the policies.
CREATE FUNCTION dossiers_closed_mine(wanted integer[], folded text, after bigint, most integer, states text[])
RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT line.id
    FROM (SELECT DISTINCT asked.id FROM unnest(wanted) AS asked (id)
          WHERE (SELECT authz.everywhere()) OR asked.id = ANY ((SELECT authz.areas())::int[])) AS area
    CROSS JOIN LATERAL (
        SELECT dossier.id FROM dossiers_dossier AS dossier
        WHERE dossier.area = area.id AND dossier.state IN ('RETURNED', 'REJECTED', 'CANCELLED')
          AND dossier.state = ANY (states) AND dossier.id > after AND strpos(dossier.child_fold_key, folded) > 0
        ORDER BY dossier.id LIMIT most) AS line
$$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION dossiers_closed_mine(integer[], text, bigint, integer, text[]) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION dossiers_closed_mine(integer[], text, bigint, integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossiers_closed_mine(integer[], text, bigint, integer, text[]) TO lienthong_web, lienthong_worker;
