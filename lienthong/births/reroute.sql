-- Resume: dossiers parked for a missing or doubled declaration, once the catalogue names exactly one unit.
-- Reads: dossiers_dossier (CREATE_FAILED, MANUAL_REVIEW for an area), catalogues_route. Writes: dossiers_dossier.
-- Grain: one dossier. Repeatable. The receipt time and the due day stay as they were.
WITH claimed AS (
    SELECT parked.id, route.resolved_code, route.province_code, route.unit_id, route.rule
    FROM dossiers_dossier AS parked
    JOIN catalogues_route AS route
        ON route.commune_code = parked.commune_code AND route.registered @> parked.registered_on
    WHERE (parked.state = 'CREATE_FAILED'
           OR (parked.state = 'MANUAL_REVIEW' AND parked.reason IN ('H-AREA', 'H-AREA-SPLIT')))
      AND route.resolution = 'one' AND route.unit_status = 'one'
    ORDER BY parked.id LIMIT %(limit)s
    FOR UPDATE OF parked SKIP LOCKED
)
UPDATE dossiers_dossier AS dossier
SET state = 'CREATED', reason = '', unit_id = claimed.unit_id, unit_rule = claimed.rule,
    resolved_commune_code = claimed.resolved_code, province_code = claimed.province_code,
    area = claimed.unit_id, changed_at = %(at)s
FROM claimed
WHERE dossier.id = claimed.id
RETURNING dossier.state
