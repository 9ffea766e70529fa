-- The files that a linkage leaves.
-- Reads: links, doubtful (decide.sql). Writes: links_in_order; the caller writes the rows as CSV. Grain: a pair.
-- Repeatable: yes. Refuses: nothing. Runs on DuckDB, whichever engine decided.

-- name: in_order
SELECT id_$left AS left_id, id_$right AS right_id, * EXCLUDE (id_l, id_r) FROM links ORDER BY left_id, right_id

-- name: links
SELECT left_id, right_id, probability::DECIMAL(7, 6) AS probability FROM links_in_order

-- name: reasons
SELECT left_id, right_id, probability::DECIMAL(7, 6) AS probability,
    CASE WHEN round = 0 THEN 'L-EXACT' WHEN personal_id = 'same' THEN 'L-ID'
        WHEN insurance_number = 'same' THEN 'L-NUMBER' ELSE 'L-WEIGHT' END AS reason,
    bits * 0.001::DECIMAL(4, 3) AS bits, * EXCLUDE (left_id, right_id, probability, bits, round)
FROM links_in_order

-- name: review
SELECT id_$left AS left_id, id_$right AS right_id, probability::DECIMAL(7, 6) AS probability,
    CASE bar WHEN 'twins' THEN 'Q-TWINS' WHEN 'ids_alone' THEN 'Q-IDS' WHEN 'double' THEN 'Q-DOUBLE'
        ELSE CASE WHEN bits >= 6600 THEN 'Q-RIVALS' ELSE 'Q-WEIGHT' END END AS reason,
    bits * 0.001::DECIMAL(4, 3) AS bits, * EXCLUDE (id_l, id_r, probability, bits, bar)
FROM doubtful ORDER BY left_id, right_id

-- name: counts
SELECT count(CASE WHEN round = 0 THEN 1 END), count(*) FROM links_in_order
