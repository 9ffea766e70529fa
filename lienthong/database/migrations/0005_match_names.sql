-- SQL twins of kernel.names.match_key and initials: how a name is compared at the counter of a hospital.
-- Reads and writes: no table. IMMUTABLE.

CREATE FUNCTION name_match_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(replace(name_fold_key(name), 'ƀ', 'b'), '[^a-z]+', '', 'g')
$$;

CREATE FUNCTION name_initials(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(replace(name_fold_key(name), 'ƀ', 'b'), '([a-z])[^ ]*( |$)', '\1', 'g')
$$;
