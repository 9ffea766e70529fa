-- Who is asked for, by a number that nobody holds now: an old number as written, a personal id of before. Only then; whoever
-- holds it is found first. Reads: persons_oldnumber, persons_identifier. Writes: nothing.
DO $$
DECLARE
    told text := pg_get_functiondef('cards_find(cards_call[])'::regprocedure);
    mended text := replace(told, ') AS found
        LIMIT 1) AS holder ON true', '
            UNION ALL
            SELECT old.person_id FROM persons_oldnumber AS old WHERE old.key = call.number AND old.status = ''noted''
            UNION ALL
            SELECT former.person_id FROM persons_identifier AS former
            WHERE former.personal_id = call.personal_id AND former.status IN (''replaced'', ''cancelled'')) AS found
        LIMIT 1) AS holder ON true');
BEGIN
    IF mended = told THEN
        RAISE EXCEPTION 'cards_find does not look for the holder as it did';
    END IF;
    EXECUTE mended;
END $$;
