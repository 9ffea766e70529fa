-- Articles of a day that fit what is asked, the best first: by words in any order, by code, by page, and misspelt.
-- Reads: oversight_article. Writes: nothing. Grain: an article. Repeatable: yes.
-- Refuses: nothing; row-level security leaves out what the reader may not see.
WITH asked AS MATERIALIZED (
    SELECT oversight_words(%(words)s) AS folded,
           upper(btrim(%(words)s)) AS code,
           phraseto_tsquery('simple', oversight_words(%(words)s)) AS phrase,
           plainto_tsquery('simple', oversight_words(%(words)s)) AS every_word,
           ARRAY(SELECT DISTINCT term FROM unnest(string_to_array(oversight_words(%(words)s), ' ')) AS term
                 WHERE term <> '' AND (length(term) > 1 OR term ~ '[0-9]') AND term <> ALL (string_to_array(%(small_words)s, ' '))
                 LIMIT 16) AS terms
), fitting AS (
    SELECT article.*, asked.terms, asked.folded AS asked_folded, asked.phrase, asked.every_word,
           (article.codes && ARRAY[asked.code] OR article.codes && %(codes)s::text[]) AS is_of_code,
           article.pages && %(pages)s::text[] AS is_of_page,
           %(role)s <> '' AND article.roles && ARRAY[%(role)s] AS is_of_role
    FROM oversight_article AS article CROSS JOIN asked
    WHERE article.valid_from <= %(on)s AND (article.valid_to IS NULL OR article.valid_to >= %(on)s)
      AND (%(readers)s = 'staff' OR (%(readers)s = 'hospitals' AND article.for_hospitals)
           OR (%(readers)s = 'public' AND article.for_public))
      AND (%(kind)s = '' OR article.kind = %(kind)s)
      AND (%(topic)s = '' OR article.topic = %(topic)s)
), scored AS (
    -- Of each word: in title or keywords as it is, or spelt nearly so; in the text alone it counts for less.
    SELECT fitting.*,
           CASE WHEN cardinality(terms) = 0 THEN 0 ELSE (
               SELECT sum(CASE WHEN search @@ to_tsquery('simple', term || ':AB') THEN 1
                               WHEN length(term) > 3 AND strict_word_similarity(term, fitting.folded) >= 0.5
                               THEN strict_word_similarity(term, fitting.folded) * 0.8
                               WHEN search @@ to_tsquery('simple', term) THEN 0.5 ELSE 0 END)
               FROM unnest(terms) AS term) / cardinality(terms) END AS share
    FROM fitting
)
SELECT id, slug, kind, province_code, for_hospitals, for_public, topic, title, answer, basis, keywords, pages, codes, roles,
       valid_from, valid_to, version, written_at, written_by,
       is_of_code::integer * 4 + is_of_page::integer * 2 + share * 3
       + (asked_folded <> '' AND search @@ phrase)::integer + ts_rank_cd('{0.1, 0.3, 0.6, 1.0}', search, every_word, 32)
       + is_of_role::integer * 0.5 AS rank
FROM scored
WHERE (asked_folded = '' OR share >= 0.5 OR is_of_code)
  AND (NOT %(must_fit)s OR is_of_code OR is_of_page OR share >= 0.65)
ORDER BY rank DESC, kind DESC, title, id
LIMIT %(limit)s
