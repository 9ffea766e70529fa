-- The public directory for other systems: health facilities and issuing units, page by page, without a right to read
-- the lists themselves.
-- Reads: catalogues_facility, catalogues_unit, catalogues_division. Writes: nothing. Grain: one code of one kind.
-- Repeatable: yes. Refuses: nothing; more than 100 rows at once are never given.
CREATE FUNCTION catalogues_directory(
    asked_kind text, asked_code text, asked_name text, in_name boolean, asked_province text, asked_on date,
    after_code text, most integer)
RETURNS TABLE (kind text, code text, name text, province_code text, province_name text, commune_code text,
               commune_name text, level text, registers_children boolean, valid_from date, valid_to date,
               is_active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH listed AS (
        SELECT DISTINCT ON (facility.code)
               facility.code, facility.name, facility.province_code, facility.commune_code, facility.level,
               facility.registers_children, lower(facility.contract) AS valid_from,
               upper(facility.contract) - 1 AS valid_to, facility.contract @> asked_on AS is_active
        FROM catalogues_facility AS facility
        WHERE asked_kind = 'facility' AND facility.code > after_code
          AND (asked_code IS NULL OR facility.code = asked_code)
          AND (asked_province IS NULL OR facility.province_code = asked_province)
        ORDER BY facility.code, facility.contract @> asked_on DESC, facility.id DESC
    ), both_kinds AS (
        SELECT * FROM listed
        UNION ALL
        SELECT unit.code, unit.name, unit.province_code, '', '', false, NULL, NULL, true
        FROM catalogues_unit AS unit
        WHERE asked_kind = 'unit' AND unit.code > after_code
          AND (asked_code IS NULL OR unit.code = asked_code)
          AND (asked_province IS NULL OR unit.province_code = asked_province)
    ), page AS (
        SELECT * FROM both_kinds AS entry
        WHERE asked_name IS NULL
           OR CASE WHEN in_name THEN strpos(lower(entry.name), lower(asked_name)) > 0
                   ELSE starts_with(lower(entry.name), lower(asked_name)) END
        ORDER BY entry.code LIMIT least(greatest(most, 0), 100)
    )
    SELECT asked_kind, page.code, page.name, page.province_code, coalesce(province.name, ''), page.commune_code,
           coalesce(commune.name, ''), page.level, page.registers_children, page.valid_from, page.valid_to,
           page.is_active
    FROM page
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = page.province_code AND division.level = 'province'
        ORDER BY division.valid @> asked_on DESC, upper(division.valid) DESC NULLS FIRST LIMIT 1) AS province ON true
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = page.commune_code AND division.level = 'commune'
        ORDER BY division.valid @> asked_on DESC, upper(division.valid) DESC NULLS FIRST LIMIT 1) AS commune ON true
    ORDER BY page.code
$$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION catalogues_directory(text, text, text, boolean, text, date, text, integer) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION catalogues_directory(text, text, text, boolean, text, date, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalogues_directory(text, text, text, boolean, text, date, text, integer)
TO lienthong_gateway, lienthong_web, lienthong_worker;
