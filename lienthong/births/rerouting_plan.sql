-- Plan: what the decision table says for each caught dossier, and where it would stand afterwards (rules §13.1).
-- Reads: rerouting_caught, rerouting_evidence, dossiers_dossier, dossiers_event, catalogues_route,
--        database_law_rerouting. Writes: rerouting_plan (emptied by the caller). Grain: one dossier.
-- Repeatable: the same rows give the same plan; the dry run and the cut-over both read it. Refuses nothing.
-- Routes are looked up one by one: the planner's figures for a table just written anew are worth nothing.
INSERT INTO rerouting_plan (
    dossier_id, cutover_id, state, rule, qualifier, owner, voids_target, from_unit_id, from_area, from_commune_code,
    to_unit_id, to_area, to_commune_code, to_since, province_code, to_state, to_reason, path, chosen_code, chosen_on)
WITH caught AS (
    SELECT dossier.id, caught.cutover_id, caught.old_code, dossier.state, dossier.reason, dossier.unit_id, dossier.area,
           dossier.resolved_commune_code, dossier.resolved_since, dossier.province_code,
           coalesce(chosen.id, caught.route_id) AS route_id, evidence.commune_code AS chosen_code,
           evidence.on_day AS chosen_on, dossier.chosen_on IS NOT NULL AS was_chosen,
           -- The most advanced state is the one from which it was taken aside.
           CASE WHEN dossier.state = 'MANUAL_REVIEW' THEN coalesce(aside.from_state, 'RECEIVED')
                ELSE dossier.state END AS reached
    FROM rerouting_caught AS caught
    JOIN dossiers_dossier AS dossier ON dossier.id = caught.dossier_id
    LEFT JOIN rerouting_evidence AS evidence ON evidence.dossier_id = dossier.id
    LEFT JOIN LATERAL (
        SELECT route.id FROM catalogues_route AS route
        WHERE route.commune_code = evidence.commune_code AND route.registered @> evidence.on_day
        LIMIT 1) AS chosen ON true
    LEFT JOIN LATERAL (
        SELECT event.from_state FROM dossiers_event AS event
        WHERE event.dossier_id = dossier.id AND event.to_state = 'MANUAL_REVIEW'
        ORDER BY event.id DESC LIMIT 1) AS aside ON dossier.state = 'MANUAL_REVIEW'
    WHERE %(cutover)s::bigint IS NULL OR caught.cutover_id = %(cutover)s
),
placed AS (
    SELECT caught.*, law.rule, law.owner, law.voids_target, target.resolution, target.unit_status,
           target.unit_id AS target_unit, target.resolved_code, target.resolved_since AS target_since,
           target.province_code AS target_province, target.rule AS route_rule, target.path,
           target.resolution = 'one' AND target.unit_status = 'one' AS is_found,
           caught.state = 'MANUAL_REVIEW' AND caught.reason NOT IN ('H-AREA', 'H-AREA-SPLIT') AS waits_for_else
    FROM caught
    JOIN database_law_rerouting AS law ON law.state = caught.reached
    CROSS JOIN LATERAL (SELECT route.* FROM catalogues_route AS route WHERE route.id = caught.route_id LIMIT 1) AS target
)
SELECT id, cutover_id, state, rule,
       CASE WHEN owner <> 'new' THEN ''
            WHEN resolution = 'many' THEN 'Q3'
            WHEN resolution = 'none' THEN ''
            WHEN unit_status <> 'one' THEN 'Q4'
            WHEN %(is_amended)s THEN 'Q7'
            WHEN chosen_code IS NOT NULL OR was_chosen THEN 'Q2'
            ELSE route_rule END,
       owner, voids_target AND owner = 'new', unit_id, area,
       coalesce(nullif(resolved_commune_code, ''), old_code),
       CASE WHEN owner <> 'new' THEN unit_id WHEN is_found THEN target_unit END,
       CASE WHEN owner <> 'new' THEN area
            ELSE coalesce(CASE WHEN is_found THEN target_unit END, -nullif(target_province, '')::integer, 0) END,
       CASE WHEN owner <> 'new' THEN resolved_commune_code ELSE target_code.code END,
       CASE WHEN owner <> 'new' THEN resolved_since ELSE target_since END,
       CASE WHEN owner <> 'new' THEN province_code ELSE target_province END,
       CASE WHEN owner <> 'new' OR waits_for_else THEN state
            WHEN is_found THEN CASE WHEN state IN ('RECEIVED', 'CREATE_FAILED', 'MANUAL_REVIEW') THEN 'CREATED'
                                    ELSE state END
            WHEN resolution = 'one' THEN 'CREATE_FAILED'
            ELSE 'MANUAL_REVIEW' END,
       CASE WHEN owner <> 'new' OR waits_for_else THEN reason
            WHEN is_found THEN ''
            WHEN resolution = 'one' AND unit_status = 'none' THEN 'UNIT_NOT_DECLARED'
            WHEN resolution = 'one' THEN 'UNIT_AMBIGUOUS'
            WHEN resolution = 'many' THEN 'H-AREA-SPLIT'
            ELSE 'H-AREA' END,
       path, coalesce(chosen_code, ''), chosen_on
FROM placed
CROSS JOIN LATERAL (SELECT coalesce(resolved_code, '') AS code) AS target_code
