-- Closed dossiers: how many there are by area and state, and which of them are of a child whose name holds a text.
-- Reads: dossiers_dossier, authz.session through authz.everywhere(). Writes: dossiers_closedcount, dossiers_syllable.

GRANT SELECT ON dossiers_closedcount TO lienthong_web;
GRANT SELECT, INSERT, DELETE ON dossiers_closedcount TO lienthong_worker;
GRANT USAGE ON SEQUENCE dossiers_closedcount_id_seq TO lienthong_worker;
GRANT SELECT ON dossiers_syllable TO lienthong_worker;

ALTER TABLE dossiers_closedcount ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_area ON dossiers_closedcount FOR SELECT TO lienthong_web
    USING ((SELECT authz.everywhere()) OR area = ANY ((SELECT authz.areas())::int[]));
CREATE POLICY of_system ON dossiers_closedcount TO lienthong_worker USING (true);

-- What a statement did to the closed dossiers: a part of their count, and the syllables nobody wrote down yet. It only
-- ever adds rows, so that statements at once neither wait for one another nor count over each other.
CREATE FUNCTION dossiers_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dossiers_closedcount (area, state, count)
        SELECT area, state, count(*) FROM new_rows WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')
        GROUP BY area, state;
    ELSE
        INSERT INTO dossiers_closedcount (area, state, count)
        SELECT area, state, sum(step)
        FROM (SELECT area, state, 1 AS step FROM new_rows WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')
              UNION ALL
              SELECT area, state, -1 FROM old_rows WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')) AS moved
        GROUP BY area, state HAVING sum(step) <> 0;
    END IF;
    INSERT INTO dossiers_syllable (text)
    SELECT DISTINCT syllable.text
    FROM new_rows CROSS JOIN unnest(string_to_array(new_rows.child_fold_key, ' ')) AS syllable (text)
    WHERE new_rows.state IN ('RETURNED', 'REJECTED', 'CANCELLED')
      AND NOT EXISTS (SELECT 1 FROM dossiers_syllable AS known WHERE known.text = syllable.text);
    RETURN NULL;
END $$;
CREATE TRIGGER dossiers_dossier_born_closed AFTER INSERT ON dossiers_dossier
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION dossiers_closed();
CREATE TRIGGER dossiers_dossier_closed AFTER UPDATE ON dossiers_dossier
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION dossiers_closed();

-- Those that are there already. The owner of the tables sees them only while row-level security does not bind him.
ALTER TABLE dossiers_dossier NO FORCE ROW LEVEL SECURITY;
INSERT INTO dossiers_closedcount (area, state, count)
SELECT area, state, count(*) FROM dossiers_dossier WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')
GROUP BY area, state;
INSERT INTO dossiers_syllable (text)
SELECT DISTINCT syllable.text
FROM (SELECT DISTINCT child_fold_key FROM dossiers_dossier
      WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')) AS named
CROSS JOIN unnest(string_to_array(named.child_fold_key, ' ')) AS syllable (text);
ALTER TABLE dossiers_dossier FORCE ROW LEVEL SECURITY;

-- The closed dossiers of the whole country, for whoever may see all of it and for nobody else, whose child's key holds
-- a text: the first ids after one. Row-level security lets no index serve a text that may tell of hidden rows; here
-- there are none. A text in a key begins inside a syllable that ends with its first word, goes on in whole ones, and
-- ends inside one that begins with its last: those lists are looked up, and the text itself is asked of what is left.
CREATE FUNCTION dossiers_closed_named(folded text, after bigint, most integer, states text[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH said AS (
        SELECT string_to_array(folded, ' ') AS words, cardinality(string_to_array(folded, ' ')) AS word_count
    ),
    named AS MATERIALIZED (
        SELECT dossier.id
        FROM dossiers_dossier AS dossier
        WHERE dossier.state IN ('RETURNED', 'REJECTED', 'CANCELLED') AND dossier.state = ANY (states)
          AND string_to_array(dossier.child_fold_key, ' ') && ARRAY(
              SELECT syllable.text FROM dossiers_syllable AS syllable, said
              WHERE CASE WHEN word_count = 1 THEN strpos(syllable.text, words[1]) > 0
                         ELSE right(syllable.text, length(words[1])) = words[1] END)
          AND string_to_array(dossier.child_fold_key, ' ') && ARRAY(
              SELECT syllable.text FROM dossiers_syllable AS syllable, said
              WHERE CASE WHEN word_count = 1 THEN strpos(syllable.text, words[1]) > 0
                         ELSE starts_with(syllable.text, words[word_count]) END)
          AND string_to_array(dossier.child_fold_key, ' ') @> (SELECT words[2:word_count - 1] FROM said)
          AND dossier.id > after AND strpos(dossier.child_fold_key, folded) > 0
    )
    SELECT id FROM named WHERE (SELECT authz.everywhere()) ORDER BY id LIMIT most
$$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION dossiers_closed_named(text, bigint, integer, text[]) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION dossiers_closed_named(text, bigint, integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dossiers_closed_named(text, bigint, integer, text[]) TO lienthong_web, lienthong_worker;
