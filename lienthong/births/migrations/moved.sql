-- The cost of a row does not grow with its batch, nor with the table beside it. Changes how trigger functions are planned,
-- how the texts of events are computed and how an id like another is looked for; not what any of them says.
-- Reads: nothing. Writes: nothing. Grain: one function. Repeatable. Refuses nothing.

-- A session keeps the plan that these functions make at their first call, from the number of rows of that call. After a
-- first statement that moved nothing they compared each row of a batch with each other one.
ALTER FUNCTION dossiers_moved() SET enable_nestloop = off;
ALTER FUNCTION cards_moved() SET enable_nestloop = off;
ALTER FUNCTION cards_finding_moved() SET enable_nestloop = off;

-- concat_ws is stable, and a function that says more of itself than what it calls is called row by row; one that says as
-- much is written out where it stands. The text is the same to the byte.
ALTER FUNCTION dossiers_event_text(bigint, bigint, timestamptz, text, text, text, text) STABLE;
ALTER FUNCTION dossiers_event_leaf(bigint, bigint, timestamptz, text, text, text, text) STABLE;
ALTER FUNCTION cards_event_text(bigint, bigint, timestamptz, text, text, text, text) STABLE;
ALTER FUNCTION cards_event_leaf(bigint, bigint, timestamptz, text, text, text, text) STABLE;

-- The messages of a source whose ids differ from this one in case or in the way marks are typed alone (intake.sql). In the
-- place of a function with a plan of its own: that of a session that began over an empty table read all messages for each
-- new one. A function of rows is written out where it stands, and planned with the statement it stands in.
CREATE FUNCTION births_similar_messages(of_source text, of_message_id text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT other.id FROM births_message AS other
    WHERE other.source = of_source AND births_plain_id(other.message_id) = births_plain_id(of_message_id)
        AND other.message_id <> births_plain_id(other.message_id) AND other.message_id <> of_message_id
    UNION ALL
    SELECT other.id FROM births_message AS other
    WHERE of_message_id <> births_plain_id(of_message_id)
        AND other.source = of_source AND other.message_id = births_plain_id(of_message_id)
$$;
DROP FUNCTION births_has_similar_id(text, text);
