-- Touched: what the events of these dossiers and cards may have brought out of the procedure.
-- Reads: cards_card, dossiers_dossier. Writes nothing.
-- Grain: one row: cards, requests, dossiers. Repeatable: reads alone. Refuses nothing.
-- A rule may speak of another card of the same child than the one that moved.
WITH moved AS (
    SELECT id, person_id FROM dossiers_dossier WHERE id = ANY (%(dossiers)s)
    UNION
    SELECT dossier_id, person_id FROM cards_card WHERE id = ANY (%(cards)s)
),
own_cards AS (
    -- Either has its index; asked for together, every card would be read.
    SELECT id, request_id, dossier_id FROM cards_card WHERE person_id IN (SELECT person_id FROM moved)
    UNION
    SELECT id, request_id, dossier_id FROM cards_card WHERE dossier_id IN (SELECT id FROM moved)
)
-- As text, which every rule takes back as it is.
SELECT (SELECT coalesce(array_agg(id), '{}') FROM own_cards)::text,
       (SELECT coalesce(array_agg(request_id), '{}') FROM own_cards)::text,
       (SELECT coalesce(array_agg(id), '{}') FROM (SELECT id FROM moved UNION SELECT dossier_id FROM own_cards) AS either)::text
