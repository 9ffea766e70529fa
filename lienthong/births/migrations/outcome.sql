-- The outcome word of contracts §3 for a message in this state.
CREATE FUNCTION births_outcome(state text, code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN state = 'superseded' AND code = 'E-VERSION-CLASH' THEN 'conflict'
        WHEN state = 'superseded' AND code = 'W-SAME' THEN 'duplicate'
        WHEN state IN ('applied', 'superseded') THEN 'accepted'
        ELSE state END
$$;
