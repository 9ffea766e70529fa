-- SQL twin of kernel.names.iy_key: one sound, two spellings (Mỹ and Mĩ). Reads and writes: no table. IMMUTABLE.

CREATE FUNCTION name_iy_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(name_tone_key(name), '(^| )([bcdđghklmnpqrstvx]+|qu)y([1-5]*)(?= |$)', '\1\2i\3', 'g')
$$;
