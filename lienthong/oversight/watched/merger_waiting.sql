-- Cut-overs of mergers whose instant is an hour gone.
-- Reads: catalogues_cutover, catalogues_act. Grain: one act. Writes nothing. Repeatable.
SELECT 'act:' || act.id, jsonb_build_object('count', count(*), 'since', min(cutover.at))
FROM catalogues_cutover AS cutover JOIN catalogues_act AS act ON act.id = cutover.act_id
WHERE cutover.done_at IS NULL AND cutover.at < %(at)s - interval '1 hour'
GROUP BY act.id
