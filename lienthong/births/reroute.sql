-- Resume: parked dossiers whose declaration was mended, whose commune was chosen, or for which the lists say more now.
-- Reads: dossiers_dossier (CREATE_FAILED, MANUAL_REVIEW for an area, or in review without a unit), catalogues_route,
--        dossiers_reroute. Writes: dossiers_dossier, dossiers_reroute; events by trigger.
-- Grain: one dossier. Repeatable: only what would change is claimed. The receipt time and the due day stay.
-- Refuses nothing.
WITH judged AS (
    SELECT parked.id, parked.state, parked.reason, parked.chosen_on IS NOT NULL AS is_chosen,
           parked.state = 'MANUAL_REVIEW' AND parked.reason NOT IN ('H-AREA', 'H-AREA-SPLIT') AS waits_for_else,
           coalesce(route.resolution, 'none') AS resolution, coalesce(route.unit_status, 'none') AS unit_status,
           route.resolved_code, route.resolved_since, route.province_code, route.unit_id, route.rule, route.path
    FROM dossiers_dossier AS parked
    LEFT JOIN catalogues_route AS route
        ON route.commune_code = coalesce(nullif(parked.chosen_commune_code, ''), parked.commune_code)
       AND route.registered @> coalesce(parked.chosen_on, parked.registered_on)
    WHERE parked.state = 'CREATE_FAILED' OR (parked.state = 'MANUAL_REVIEW' AND parked.unit_id IS NULL)
),
decided AS (
    SELECT judged.*, resolution = 'one' AND unit_status = 'one' AS is_found,
           CASE WHEN waits_for_else THEN state
                WHEN resolution = 'one' AND unit_status = 'one' THEN 'CREATED'
                WHEN resolution = 'one' THEN 'CREATE_FAILED'
                ELSE 'MANUAL_REVIEW' END AS to_state,
           CASE WHEN waits_for_else THEN reason
                WHEN resolution = 'one' AND unit_status = 'one' THEN ''
                WHEN resolution = 'one' AND unit_status = 'none' THEN 'UNIT_NOT_DECLARED'
                WHEN resolution = 'one' THEN 'UNIT_AMBIGUOUS'
                WHEN resolution = 'many' THEN 'H-AREA-SPLIT'
                ELSE 'H-AREA' END AS to_reason
    FROM judged
),
claimed AS (
    SELECT decided.*
    FROM decided JOIN dossiers_dossier AS held ON held.id = decided.id
    WHERE is_found OR (decided.state, decided.reason) <> (to_state, to_reason)
    ORDER BY decided.id LIMIT %(limit)s
    FOR UPDATE OF held SKIP LOCKED
),
-- A dossier that a cut-over left without a unit has found it: the same act, the same row of the table.
waited AS (
    SELECT claimed.id, latest.act_id, latest.rule
    FROM claimed JOIN LATERAL (
        SELECT act_id, rule, to_unit_id FROM dossiers_reroute AS told
        WHERE told.dossier_id = claimed.id ORDER BY told.id DESC LIMIT 1) AS latest ON latest.to_unit_id IS NULL
),
recorded AS (
    INSERT INTO dossiers_reroute (dossier_id, act_id, at, by, state, rule, qualifier, to_unit_id, to_commune_code, path,
                                  from_commune_code, voids_target)
    SELECT claimed.id, waited.act_id, %(at)s, current_setting('lienthong.by'), claimed.state, waited.rule,
           CASE WHEN is_chosen THEN 'Q2' ELSE claimed.rule END, claimed.unit_id, claimed.resolved_code, claimed.path,
           '', false
    FROM claimed JOIN waited USING (id)
    WHERE is_found
)
UPDATE dossiers_dossier AS dossier
SET state = to_state, reason = to_reason, unit_id = CASE WHEN is_found THEN claimed.unit_id END,
    unit_rule = coalesce(waited.rule, CASE WHEN is_chosen THEN 'Q2' ELSE claimed.rule END, ''),
    resolved_commune_code = coalesce(claimed.resolved_code, ''), resolved_since = claimed.resolved_since,
    province_code = coalesce(claimed.province_code, ''),
    area = coalesce(CASE WHEN is_found THEN claimed.unit_id END, -nullif(claimed.province_code, '')::integer, 0),
    changed_at = %(at)s
FROM claimed LEFT JOIN waited USING (id)
WHERE dossier.id = claimed.id
RETURNING dossier.state
