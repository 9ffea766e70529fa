-- The files that a linkage leaves.
-- Reads: links, doubtful (decide.sql), facts_a, facts_b. Writes: nothing; the caller writes the rows as CSV. Grain: a pair.
-- Repeatable: yes. Refuses: nothing. Runs on DuckDB, whichever engine decided.

-- name: links
SELECT x.id AS left_id, y.id AS right_id, format('{:.6f}', k.probability) AS probability
FROM links AS k JOIN $facts_left AS x ON x.rid = k.$left JOIN $facts_right AS y ON y.rid = k.$right
ORDER BY left_id, right_id

-- name: reasons
SELECT x.id AS left_id, y.id AS right_id, format('{:.6f}', k.probability) AS probability,
    CASE WHEN k.round = 0 THEN 'L-EXACT' WHEN k.personal_id = 'same' THEN 'L-ID'
        WHEN k.insurance_number = 'same' THEN 'L-NUMBER' ELSE 'L-WEIGHT' END AS reason,
    format('{:.3f}', k.bits / 1000) AS bits, k.* EXCLUDE (l, r, probability, bits, round)
FROM links AS k JOIN $facts_left AS x ON x.rid = k.$left JOIN $facts_right AS y ON y.rid = k.$right
ORDER BY left_id, right_id

-- name: review
SELECT x.id AS left_id, y.id AS right_id, format('{:.6f}', k.probability) AS probability,
    CASE k.bar WHEN 'twins' THEN 'Q-TWINS' WHEN 'ids_alone' THEN 'Q-IDS' WHEN 'double' THEN 'Q-DOUBLE'
        ELSE CASE WHEN k.bits >= 6600 THEN 'Q-RIVALS' ELSE 'Q-WEIGHT' END END AS reason,
    format('{:.3f}', k.bits / 1000) AS bits, k.* EXCLUDE (l, r, probability, bits, bar)
FROM doubtful AS k JOIN $facts_left AS x ON x.rid = k.$left JOIN $facts_right AS y ON y.rid = k.$right
ORDER BY left_id, right_id
