-- Apply: move what the plan gives to the new unit, note the rule on what stays, and write down both.
-- Reads: rerouting_plan. Writes: dossiers_dossier, dossiers_reroute; events by trigger. Grain: one dossier.
-- Repeatable: a dossier is written down once a cut-over. The receipt time and the due day stay. Refuses nothing.
WITH recorded AS (
    INSERT INTO dossiers_reroute (dossier_id, cutover_id, act_id, at, by, state, rule, qualifier, from_unit_id,
                                  to_unit_id, from_commune_code, to_commune_code, path, voids_target)
    SELECT dossier_id, cutover_id, %(act)s, %(at)s, current_setting('lienthong.by'), state, rule, qualifier,
           from_unit_id, to_unit_id, from_commune_code, to_commune_code, path, voids_target
    FROM rerouting_plan
    ORDER BY dossier_id
    ON CONFLICT (cutover_id, dossier_id) DO NOTHING
),
moved AS (
    UPDATE dossiers_dossier AS dossier
    SET state = plan.to_state, reason = plan.to_reason, unit_id = plan.to_unit_id, unit_rule = plan.rule,
        resolved_commune_code = plan.to_commune_code, resolved_since = plan.to_since,
        province_code = plan.province_code, area = plan.to_area,
        chosen_commune_code = CASE WHEN plan.chosen_on IS NULL THEN dossier.chosen_commune_code
                                   ELSE plan.chosen_code END,
        chosen_on = coalesce(plan.chosen_on, dossier.chosen_on), changed_at = %(at)s
    FROM rerouting_plan AS plan
    WHERE dossier.id = plan.dossier_id AND plan.owner = 'new'
    RETURNING dossier.id
),
kept AS (
    UPDATE dossiers_dossier AS dossier SET unit_rule = plan.rule
    FROM rerouting_plan AS plan
    WHERE dossier.id = plan.dossier_id AND plan.owner <> 'new' AND dossier.unit_rule <> plan.rule
)
SELECT count(*) FILTER (WHERE owner = 'new' AND to_unit_id IS NOT NULL), count(*) FILTER (WHERE owner <> 'new'),
       count(*) FILTER (WHERE owner = 'new' AND to_unit_id IS NULL)
FROM rerouting_plan
