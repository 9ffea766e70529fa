-- CLOSED_COUNTS
-- Số hồ sơ đã kết thúc đếm sẵn, hoặc danh mục âm tiết để tìm tên, khác với hồ sơ.
WITH recounted AS (
    SELECT area, state, count(*) AS count FROM dossiers_dossier
    WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED') GROUP BY area, state
),
told AS (
    SELECT area, state, sum(count) AS count FROM dossiers_closedcount GROUP BY area, state HAVING sum(count) <> 0
)
SELECT concat_ws(' ', area, state), concat_ws(' / ', coalesce(told.count, 0), coalesce(recounted.count, 0))
FROM recounted FULL JOIN told USING (area, state)
WHERE told.count IS DISTINCT FROM recounted.count
UNION ALL
SELECT syllable.text, ''
FROM (SELECT DISTINCT child_fold_key FROM dossiers_dossier
      WHERE state IN ('RETURNED', 'REJECTED', 'CANCELLED')) AS named
CROSS JOIN unnest(string_to_array(named.child_fold_key, ' ')) AS syllable (text)
WHERE syllable.text NOT IN (SELECT known.text FROM dossiers_syllable AS known)
GROUP BY syllable.text
