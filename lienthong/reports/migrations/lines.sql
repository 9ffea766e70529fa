-- Lines: where a dossier stood at an instant, from its events; and its whole way as one row.
-- Reads: dossiers_event, dossiers_dossier, reports_shift, reports_identified, persons_person, cards_officeday.
-- Writes: nothing. Grain: one dossier. Repeatable: the same rows give the same line. Refuses nothing.

-- The numbers of `reports.states`.
CREATE FUNCTION reports_position(state text, reason text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE state WHEN 'RECEIVED' THEN 0 WHEN 'CREATE_FAILED' THEN 1
        WHEN 'MANUAL_REVIEW' THEN CASE WHEN reason IN ('H-AREA', 'H-AREA-SPLIT', 'UNIT_NOT_DECLARED', 'UNIT_AMBIGUOUS')
                                       THEN 1 ELSE 3 END
        WHEN 'CREATED' THEN 2 WHEN 'SENT_TNHS' THEN 3 WHEN 'EXPORTED_TNHS' THEN 3 WHEN 'ARISEN' THEN 4
        WHEN 'APPROVAL_REQUESTED' THEN 4 WHEN 'APPROVED' THEN 5 WHEN 'PRINTED' THEN 6 WHEN 'RETURNED' THEN 7 END)::smallint
$$;
CREATE FUNCTION reports_cause(reason text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE reason WHEN '' THEN 0 WHEN 'UNIT_NOT_DECLARED' THEN 1 WHEN 'UNIT_AMBIGUOUS' THEN 2 WHEN 'H-AREA' THEN 3
        WHEN 'H-AREA-SPLIT' THEN 4 WHEN 'E-DUP-PERSON' THEN 7 WHEN 'NUMBER_EXHAUSTED' THEN 8
        WHEN 'DUPLICATE_CONFIRMED' THEN 10 WHEN 'CANCELLED_BY_SENDER' THEN 12
        ELSE CASE WHEN reason LIKE 'N-%' THEN 11 WHEN reason LIKE 'REDUCED%' THEN 13 ELSE 14 END END)::smallint
$$;
CREATE FUNCTION reports_paper(reason text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_position('{A1,A2,A3,B,C1,C2,C3,K}'::text[], reason), 0)::smallint
$$;
-- Office minutes, rounded up: to 1 up to an hour, to 6 up to a day of 8 hours, to 30 up to ten days, else to 240.
CREATE FUNCTION reports_rounded(minutes integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN minutes <= 60 THEN minutes WHEN minutes <= 480 THEN (minutes + 5) / 6 * 6
        WHEN minutes <= 4800 THEN (minutes + 29) / 30 * 30 ELSE (minutes + 239) / 240 * 240 END
$$;

-- The rounded minutes between two counts of office seconds; NULL without one of both.
CREATE FUNCTION reports_pace(since double precision, until double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN until IS NULL OR since IS NULL THEN NULL
                ELSE reports_rounded(greatest(floor(round((until - since) * 1000000) / 60000000), 0)::integer) END
$$;

-- The category of a record in bits, from the lowest: position 3, ending 2, cause 4, age 2, late 2, paper 4, without id 1,
-- moved 1. `bounds` are the first days of receipt that are up to 1, 3 and 5 working days old on the day `bounds[4]`.
CREATE FUNCTION reports_category(
    "position" smallint, ending smallint, cause smallint, paper smallint, has_id boolean, was_moved boolean,
    received_on date, due_on date, since timestamptz, bounds date[])
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT position::integer + 8 * ending + 32 * cause
        + CASE WHEN ending <> 0 OR position > 5 OR received_on >= bounds[1] THEN 0
               WHEN received_on >= bounds[2] THEN 512 WHEN received_on >= bounds[3] THEN 1024 ELSE 1536 END
        + CASE WHEN ending <> 0 THEN 0 WHEN position < 7 THEN CASE WHEN due_on < bounds[4] THEN 2048 ELSE 0 END
               WHEN (since AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > due_on THEN 4096 ELSE 0 END
        + 8192 * paper + CASE WHEN ending = 0 AND position > 3 AND NOT has_id THEN 131072 ELSE 0 END
        + CASE WHEN was_moved THEN 262144 ELSE 0 END
$$;

-- What a closed line adds to its cells: its category, which no later day changes, and its paces.
CREATE FUNCTION reports_added(line reports_line) RETURNS TABLE (what smallint, value integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT added.what::smallint, added.value::integer
    FROM (VALUES (0, reports_category(line.position, line.ending, line.cause, line.paper, line.has_id, line.was_moved,
                                      line.received_on, line.due_on, line.since_at, '{}')),
                 (1, line.pace_create), (2, line.pace_send), (3, line.pace_arise), (4, line.pace_approve),
                 (5, line.pace_issue), (6, line.pace_hand_over)) AS added (what, value)
    WHERE line.is_closed AND added.value IS NOT NULL
$$;

-- Where one dossier stood when nothing after `until` had happened. No row before its birth.
CREATE FUNCTION reports_stand(of_dossier bigint, until timestamptz) RETURNS TABLE (
    "position" smallint, ending smallint, cause smallint, since timestamptz, area integer, province smallint,
    commune integer, was_moved boolean, person_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT reports_position(worked.to_state, worked.reason),
           (CASE WHEN last.to_state NOT IN ('REJECTED', 'CANCELLED') THEN 0
                 WHEN coalesce(said.reason, last.reason) = 'DUPLICATE_CONFIRMED' THEN 3
                 WHEN last.to_state = 'REJECTED' THEN 1 ELSE 2 END)::smallint,
           reports_cause(coalesce(said.reason, last.reason)), last.at,
           CASE WHEN routed.at IS NULL THEN 0 WHEN next.id IS NOT NULL THEN next.area ELSE dossier.area END,
           CASE WHEN routed.at IS NULL THEN 0::smallint WHEN next.id IS NOT NULL THEN next.province
                ELSE coalesce(nullif(dossier.province_code, '')::smallint, 0::smallint) END,
           CASE WHEN routed.at IS NULL THEN 0 WHEN next.id IS NOT NULL THEN next.commune
                ELSE coalesce(nullif(dossier.resolved_commune_code, '')::integer, 0) END,
           EXISTS (SELECT 1 FROM reports_shift AS left_unit
                   WHERE left_unit.dossier_id = of_dossier AND left_unit.at <= until AND left_unit.area > 0
                     AND left_unit.area <> CASE WHEN next.id IS NOT NULL THEN next.area ELSE dossier.area END),
           CASE WHEN next.person_id IS NOT NULL THEN next.person_id ELSE dossier.person_id END
    FROM dossiers_dossier AS dossier
    CROSS JOIN LATERAL (
        SELECT event.at, event.to_state, event.reason FROM dossiers_event AS event
        WHERE event.dossier_id = of_dossier AND event.at <= until ORDER BY event.id DESC LIMIT 1) AS last
    CROSS JOIN LATERAL (
        SELECT event.to_state, event.reason FROM dossiers_event AS event
        WHERE event.dossier_id = of_dossier AND event.at <= until AND event.to_state NOT IN ('REJECTED', 'CANCELLED')
        ORDER BY event.id DESC LIMIT 1) AS worked
    LEFT JOIN LATERAL (
        SELECT event.at FROM dossiers_event AS event
        WHERE event.dossier_id = of_dossier AND event.at <= until AND event.from_state = 'RECEIVED'
        ORDER BY event.id LIMIT 1) AS routed ON true
    LEFT JOIN LATERAL (
        SELECT shift.reason FROM reports_shift AS shift
        WHERE shift.dossier_id = of_dossier AND shift.is_same_state AND shift.state = last.to_state
          AND shift.at BETWEEN last.at AND until ORDER BY shift.id DESC LIMIT 1) AS said ON true
    LEFT JOIN LATERAL (
        SELECT shift.* FROM reports_shift AS shift
        WHERE shift.dossier_id = of_dossier AND shift.at > until ORDER BY shift.id LIMIT 1) AS next ON true
    WHERE dossier.id = of_dossier
$$;

CREATE FUNCTION reports_lines_of(ids bigint[]) RETURNS SETOF reports_line LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT dossier.id, dossier.received_at, greatest(way.last_at, changed.at, named.at), stand.since, way.born_at,
           way.created_at, way.sent_at, way.arisen_at, way.approved_at, way.issued_at, way.returned_at, named.at,
           stand.area, stand.commune, (dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, dossier.due_on,
           stand.province, stand.position, stand.ending, stand.cause, reports_paper(dossier.paper_reason),
           reports_pace(worked.received, worked.created), reports_pace(worked.created, worked.sent),
           reports_pace(worked.sent, worked.arisen), reports_pace(worked.arisen, worked.approved),
           reports_pace(worked.approved, worked.issued), reports_pace(worked.issued, worked.returned),
           coalesce((SELECT person.personal_id IS NOT NULL FROM persons_person AS person WHERE person.id = stand.person_id),
                    false),
           stand.was_moved, way.is_plain AND changed.at IS NULL, stand.ending <> 0 OR stand.position = 7,
           ((greatest(way.last_at, changed.at, named.at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
            - (dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)::smallint
    FROM dossiers_dossier AS dossier
    CROSS JOIN LATERAL (
        SELECT min(at) FILTER (WHERE from_state = '') AS born_at, min(at) FILTER (WHERE to_state = 'CREATED') AS created_at,
               min(at) FILTER (WHERE to_state = 'SENT_TNHS') AS sent_at,
               min(at) FILTER (WHERE to_state = 'ARISEN') AS arisen_at,
               min(at) FILTER (WHERE to_state = 'APPROVED') AS approved_at,
               min(at) FILTER (WHERE to_state IN ('PRINTED', 'RETURNED')) AS issued_at,
               min(at) FILTER (WHERE to_state = 'RETURNED') AS returned_at, max(at) AS last_at,
               bool_and(from_state = before AND at >= before_at AND (from_state, to_state) IN (
                   ('', 'RECEIVED'), ('RECEIVED', 'CREATED'), ('CREATED', 'SENT_TNHS'), ('SENT_TNHS', 'EXPORTED_TNHS'),
                   ('EXPORTED_TNHS', 'ARISEN'), ('ARISEN', 'APPROVAL_REQUESTED'), ('APPROVAL_REQUESTED', 'APPROVED'),
                   ('APPROVED', 'PRINTED'), ('PRINTED', 'RETURNED'), ('APPROVED', 'RETURNED'))) AS is_plain
        FROM (SELECT event.at, event.from_state, event.to_state, lag(event.to_state, 1, '') OVER (ORDER BY event.id) AS before,
                     lag(event.at, 1, '-infinity') OVER (ORDER BY event.id) AS before_at
              FROM dossiers_event AS event WHERE event.dossier_id = dossier.id OFFSET 0) AS told) AS way
    -- Seconds of office time up to each instant, as cards_office_seconds says them.
    CROSS JOIN LATERAL (
        SELECT max(seconds) FILTER (WHERE step = 0) AS received, max(seconds) FILTER (WHERE step = 1) AS created,
               max(seconds) FILTER (WHERE step = 2) AS sent, max(seconds) FILTER (WHERE step = 3) AS arisen,
               max(seconds) FILTER (WHERE step = 4) AS approved, max(seconds) FILTER (WHERE step = 5) AS issued,
               max(seconds) FILTER (WHERE step = 6) AS returned
        FROM (SELECT clock.step, office.minutes_before * 60 + CASE WHEN office.is_worked THEN date_part('epoch',
                         least(greatest(clock.local::time, office.opens), office.lunch_from) - office.opens
                         + (least(greatest(clock.local::time, office.lunch_to), office.closes) - office.lunch_to))
                     ELSE 0 END AS seconds
              FROM (VALUES (0, dossier.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh'),
                           (1, way.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh'), (2, way.sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh'),
                           (3, way.arisen_at AT TIME ZONE 'Asia/Ho_Chi_Minh'), (4, way.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh'),
                           (5, way.issued_at AT TIME ZONE 'Asia/Ho_Chi_Minh'), (6, way.returned_at AT TIME ZONE 'Asia/Ho_Chi_Minh'))
                  AS clock (step, local)
              CROSS JOIN LATERAL (
                  SELECT * FROM cards_officeday AS known WHERE known.day = clock.local::date OFFSET 0) AS office) AS told) AS worked
    CROSS JOIN LATERAL reports_stand(dossier.id, 'infinity') AS stand
    CROSS JOIN LATERAL (SELECT max(shift.at) AS at FROM reports_shift AS shift WHERE shift.dossier_id = dossier.id) AS changed
    CROSS JOIN LATERAL (
        SELECT max(told.at) AS at FROM reports_identified AS told WHERE told.person_id = stand.person_id) AS named
    WHERE dossier.id = ANY (ids) AND dossier.kind = 'first'
$$;

-- The dossiers of which something happened that no line tells yet.
CREATE FUNCTION reports_dirty() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT moved.id), '{}')
    FROM (
        SELECT dossier_id AS id FROM dossiers_event
        WHERE id > (SELECT seen_id FROM reports_mark WHERE name = 'event')
        UNION ALL
        SELECT dossier_id FROM reports_shift WHERE id > (SELECT seen_id FROM reports_mark WHERE name = 'shift')
        UNION ALL
        SELECT dossier.id FROM reports_identified AS told JOIN dossiers_dossier AS dossier USING (person_id)
        WHERE told.id > (SELECT seen_id FROM reports_mark WHERE name = 'identified')) AS moved
$$;
