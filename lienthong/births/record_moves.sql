-- Record: every move of these dossiers and of these cards. Reads: dossiers_event, cards_event. Writes: nothing.
-- Grain: one move, in the order in which the moves were written.
SELECT id, 'dossier' AS machine, dossier_id AS subject_id, batch, at, from_state, to_state, by, reason
FROM dossiers_event WHERE dossier_id = ANY (%(dossiers)s)
UNION ALL
SELECT id, 'card', card_id, batch, at, from_state, to_state, by, reason
FROM cards_event WHERE card_id = ANY (%(cards)s)
ORDER BY batch, id
