-- Rerouting: the working tables of one act, in this session only.
-- Reads: nothing. Writes: rerouting_turn, rerouting_caught, rerouting_evidence, rerouting_plan.
-- Grain: a route, a dossier. Repeatable: made once a session, emptied by the caller. Refuses nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS rerouting_turn (route_id bigint PRIMARY KEY, old_code text);
CREATE TEMPORARY TABLE IF NOT EXISTS rerouting_caught (
    dossier_id bigint PRIMARY KEY, cutover_id bigint, route_id bigint, old_code text);
CREATE INDEX IF NOT EXISTS rerouting_caught_cutover ON rerouting_caught (cutover_id);
CREATE TEMPORARY TABLE IF NOT EXISTS rerouting_evidence (
    dossier_id bigint PRIMARY KEY, commune_code text, on_day date);
CREATE TEMPORARY TABLE IF NOT EXISTS rerouting_plan (
    dossier_id bigint PRIMARY KEY, cutover_id bigint, state text, rule text, qualifier text, owner text,
    voids_target boolean, from_unit_id bigint, from_area integer, from_commune_code text, to_unit_id bigint,
    to_area integer, to_commune_code text, to_since date, province_code text, to_state text, to_reason text,
    path text[], chosen_code text, chosen_on date)
