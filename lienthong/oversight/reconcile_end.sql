-- Reconcile, end: books of the day that stand otherwise now.
-- Reads: oversight_counted (this session's). Writes: oversight_book. Grain: one commune. Repeatable: yes. Refuses nothing.
UPDATE oversight_book AS known SET until = %(at)s
WHERE known.day = %(day)s AND known.until IS NULL
  AND NOT EXISTS (
      SELECT 1 FROM oversight_counted AS counted
      WHERE counted.commune_code = known.commune_code AND counted.province_code = known.province_code
        AND (to_jsonb(counted) - '{id,since,until}'::text[]) = (to_jsonb(known) - '{id,since,until}'::text[]))
