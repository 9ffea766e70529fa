-- Papers: a paper that corrects a known record (A1, A2) is counted, as one already there; and what no unit answers for yet is
-- listed with all the provinces that became one. The list of what still waits reads open lines alone.
-- Reads: what records.sql reads. Writes: nothing. Grain: one record. Repeatable. Refuses nothing.

-- Messages received in the period that were no dossier at the instant and told of a birth, or were not read yet: what was
-- held or cannot be read failed; what repeats a known one is a duplicate, and so is a paper that corrects one, once it is read; what the law or a cancellation
-- stopped is stopped.
CREATE OR REPLACE FUNCTION reports_letters(first date, last date, as_of timestamptz) RETURNS TABLE (
    message_ref bigint, received_at timestamptz, since timestamptz, province smallint, commune integer,
    "position" smallint, ending smallint, cause smallint, paper smallint)
LANGUAGE sql STABLE AS $$
    WITH period AS (
        SELECT first::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS first_at,
               least((last + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh', as_of + interval '1 microsecond') AS ends_at
    ),
    found AS (
        SELECT message.id FROM period JOIN births_message AS message
            ON message.received_at >= first_at AND message.received_at < ends_at
           AND message.state IN ('held', 'quarantined', 'superseded', 'not_entitled')
        UNION
        SELECT message.id FROM period JOIN births_message AS message
            ON message.state = 'pending' AND message.received_at >= first_at AND message.received_at < ends_at
        UNION
        SELECT message.id FROM period JOIN births_message AS message
            ON message.received_at >= first_at AND message.received_at < ends_at AND message.judged_at > as_of
        UNION
        SELECT message.id FROM period JOIN births_registration AS joined ON joined.joined_dossier_id IS NOT NULL
        JOIN births_message AS message ON message.registration_id = joined.id
           AND message.received_at >= first_at AND message.received_at < ends_at
        UNION
        SELECT message.id FROM period JOIN births_paper AS corrected ON corrected.kind = 'correct'
        JOIN births_message AS message ON message.id = corrected.message_id
           AND message.received_at >= first_at AND message.received_at < ends_at
    ),
    stood AS (
        SELECT message.id, message.received_at, message.source, message.message_id, message.registration_id, message.commune_code,
               message.judged_at, message.code AS last_code,
               coalesce(waited.kind, message.kind) AS kind, coalesce(waited.code, message.code) AS code,
               CASE WHEN waited.state IS NOT NULL THEN waited.state
                    WHEN message.state = 'pending' THEN 'unread'
                    WHEN message.judged_at > as_of THEN 'unread'
                    WHEN message.state IN ('held', 'quarantined') THEN message.state
                    ELSE 'read' END AS stand,
               coalesce(waited.since, message.judged_at, message.received_at) AS judged_since
        FROM found JOIN births_message AS message USING (id)
        LEFT JOIN LATERAL (
            SELECT told.state, told.code, told.kind, told.since FROM reports_wait AS told
            WHERE told.message_id = message.id AND told.since <= as_of AND told.until > as_of
            ORDER BY told.id DESC LIMIT 1) AS waited ON true
    ),
    judged AS (
        SELECT stood.*, reports_paper(coalesce(paper.reason, '')) AS paper,
               CASE WHEN stand = 'unread' THEN 6 WHEN stand = 'quarantined' THEN 5
                    WHEN stand = 'held' AND stood.code = 'H-AREA-SPLIT' THEN 4
                    WHEN stand = 'held' AND stood.code LIKE 'H-AREA%' THEN 3 WHEN stand = 'held' THEN 5
                    WHEN paper.kind = 'correct' THEN 15
                    WHEN last_code = 'W-SAME' OR registration.joined_dossier_id IS NOT NULL THEN 9
                    WHEN birth.entitled = false THEN 11 ELSE 12 END AS cause
        FROM stood
        LEFT JOIN births_registration AS registration ON registration.id = stood.registration_id
        LEFT JOIN births_birth AS birth ON birth.message_id = stood.id
        LEFT JOIN births_paper AS paper ON paper.message_id = stood.id
        WHERE stand = 'unread' OR (stand IN ('held', 'quarantined') AND stood.kind <> 'cancel')
           OR (stand = 'read' AND (
               paper.kind = 'correct' OR
               (last_code = 'W-SAME' AND stood.kind = 'create')
               OR (last_code NOT IN ('W-SAME', 'E-VERSION-CLASH') AND stood.kind <> 'cancel'
                   -- No dossier of the entry was there yet, and this is the first that told of it.
                   AND NOT EXISTS (
                       SELECT 1 FROM dossiers_dossier AS dossier JOIN dossiers_event AS born
                           ON born.dossier_id = dossier.id AND born.from_state = '' AND born.at <= as_of
                       WHERE dossier.id = registration.dossier_id)
                   AND NOT EXISTS (
                       SELECT 1 FROM dossiers_dossier AS opened
                       WHERE opened.id = registration.joined_dossier_id
                         AND (opened.source, opened.message_id) = (stood.source, stood.message_id))
                   AND NOT EXISTS (
                       SELECT 1 FROM births_message AS earlier
                       WHERE earlier.registration_id = stood.registration_id AND earlier.id < stood.id
                         AND earlier.kind IN ('create', 'correct') AND earlier.code NOT IN ('W-SAME', 'E-VERSION-CLASH')
                         AND earlier.judged_at <= as_of AND earlier.state NOT IN ('held', 'pending', 'quarantined')))))
    )
    SELECT judged.id, judged.received_at, CASE WHEN stand = 'unread' THEN judged.received_at ELSE judged_since END,
           -- Its commune is known once it is read: what was set aside then has none in a past figure either.
           CASE WHEN stand = 'read' THEN coalesce(place.province_code::smallint, 0) ELSE 0 END::smallint,
           CASE WHEN stand <> 'read' OR place.province_code IS NULL THEN 0 ELSE judged.commune_code::integer END,
           (CASE WHEN stand IN ('held', 'quarantined') THEN 1 ELSE 0 END)::smallint,
           (CASE WHEN cause IN (9, 15) THEN 3 WHEN cause = 11 THEN 1 WHEN cause = 12 THEN 2 ELSE 0 END)::smallint, cause::smallint, judged.paper
    FROM judged
    LEFT JOIN LATERAL (
        SELECT division.province_code FROM catalogues_division AS division
        WHERE division.code = judged.commune_code AND division.level = 'commune'
          AND lower(division.valid) <= (as_of AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
        ORDER BY lower(division.valid) DESC LIMIT 1) AS place ON true
$$;

CREATE OR REPLACE FUNCTION reports_listed(
    first date, last date, as_of timestamptz, bounds date[], provinces smallint[], of_area integer, communes integer[],
    everywhere boolean, areas integer[], categories integer[], after bigint, most integer)
RETURNS TABLE (key bigint, category integer, area integer, province smallint, commune integer, received_on date,
               due_on date, since timestamptz) LANGUAGE plpgsql STABLE
SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    -- What is closed and has not changed since the instant is in none of them: such lines are not read.
    whole date := CASE WHEN EXISTS (SELECT 1 FROM unnest(categories) AS told WHERE told & 7 = 7 OR told & 24 <> 0)
                       THEN last + 1 ELSE first END;
BEGIN
    RETURN QUERY EXECUTE $listed$
        SELECT judged.key, judged.category, judged.area, judged.province, judged.commune, judged.received_on, judged.due_on,
               judged.since
        FROM (SELECT record.*, reports_category(record.position, record.ending, record.cause, record.paper, record.has_id,
                                                record.was_moved, record.received_on, record.due_on, record.since, $4) AS category
              FROM reports_records($1, $2, $3, $12, $14, $2 + 1) AS record
              WHERE ($5 IS NULL OR record.province = ANY ($5)) AND ($6 IS NULL OR record.area = $6 OR record.area < 0 AND $6 < 0)
                AND ($7 IS NULL OR record.commune = ANY ($7)) AND ($8 OR record.area = ANY ($9)) AND record.key > $11) AS judged
        WHERE judged.category = ANY ($10) ORDER BY judged.key LIMIT $13
    $listed$ USING first, last, as_of, bounds, provinces, of_area, communes, everywhere, areas, categories, after,
                   reports_dirty(), most, whole;
END $$;
