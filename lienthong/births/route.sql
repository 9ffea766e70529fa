-- Route: find the card unit that answers for the child's commune on the day of decision.
-- Reads: dossiers_dossier (RECEIVED), catalogues_route. Writes: dossiers_dossier; events by trigger.
-- Grain: one dossier. Repeatable: a routed dossier has left the state. Refuses nothing: what cannot be routed waits.
WITH claimed AS (
    SELECT id, coalesce(nullif(chosen_commune_code, ''), commune_code) AS place_code,
           coalesce(chosen_on, registered_on) AS place_on, chosen_on IS NOT NULL AS is_chosen
    FROM dossiers_dossier
    WHERE state = 'RECEIVED'
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
routed AS (
    SELECT claimed.id, route.resolved_code, route.resolved_since, route.resolution, route.province_code, route.unit_id,
           route.unit_status, CASE WHEN claimed.is_chosen THEN 'Q2' ELSE route.rule END AS rule
    FROM claimed
    LEFT JOIN catalogues_route AS route
        ON route.commune_code = claimed.place_code AND route.registered @> claimed.place_on
)
UPDATE dossiers_dossier AS dossier
SET state = CASE
        WHEN routed.resolution = 'one' AND routed.unit_status = 'one' THEN 'CREATED'
        WHEN routed.resolution = 'one' THEN 'CREATE_FAILED'
        ELSE 'MANUAL_REVIEW' END,
    reason = CASE
        WHEN routed.resolution = 'one' AND routed.unit_status = 'one' THEN ''
        WHEN routed.resolution = 'one' AND routed.unit_status = 'none' THEN 'UNIT_NOT_DECLARED'
        WHEN routed.resolution = 'one' THEN 'UNIT_AMBIGUOUS'
        WHEN routed.resolution = 'many' THEN 'H-AREA-SPLIT'
        ELSE 'H-AREA' END,
    unit_id = routed.unit_id,
    unit_rule = coalesce(routed.rule, ''),
    resolved_commune_code = coalesce(routed.resolved_code, ''),
    resolved_since = routed.resolved_since,
    province_code = coalesce(routed.province_code, ''),
    area = coalesce(routed.unit_id, -nullif(routed.province_code, '')::integer, 0),
    changed_at = %(at)s
FROM routed
WHERE dossier.id = routed.id
RETURNING dossier.state
