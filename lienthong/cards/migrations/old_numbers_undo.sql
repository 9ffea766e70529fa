-- Undoes `old_numbers.sql`. Reads and writes: nothing.
DO $$
DECLARE
    told text := pg_get_functiondef('cards_find(cards_call[])'::regprocedure);
    mended text := replace(told, '
            UNION ALL
            SELECT old.person_id FROM persons_oldnumber AS old WHERE old.key = call.number AND old.status = ''noted''
            UNION ALL
            SELECT former.person_id FROM persons_identifier AS former
            WHERE former.personal_id = call.personal_id AND former.status IN (''replaced'', ''cancelled'')) AS found
        LIMIT 1) AS holder ON true', ') AS found
        LIMIT 1) AS holder ON true');
BEGIN
    IF mended = told THEN
        RAISE EXCEPTION 'cards_find does not know old numbers';
    END IF;
    EXECUTE mended;
END $$;
