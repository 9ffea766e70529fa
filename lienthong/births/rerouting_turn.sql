-- Turns: the routes on whose way this act lies, and the old commune at which it does.
-- Reads: catalogues_route. Writes: rerouting_turn (emptied by the caller). Grain: one route.
-- Repeatable: the same routes give the same rows. Refuses nothing.
INSERT INTO rerouting_turn (route_id, old_code)
SELECT route.id, min(turn.code)
FROM catalogues_route AS route
CROSS JOIN LATERAL (
    SELECT step.code FROM unnest(route.path[:cardinality(route.path_days)], route.path_days) AS step (code, on_day)
    WHERE step.on_day = %(effective)s
    UNION ALL
    SELECT route.path[cardinality(route.path)] WHERE route.split_on = %(effective)s) AS turn
WHERE turn.code = ANY (%(olds)s)
GROUP BY route.id
