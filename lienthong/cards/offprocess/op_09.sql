-- OP-09: a card closed for a further one before that was approved, so that the child had no card for a while.
-- Reads: cards_card. Writes nothing.
-- Grain: one replaced card. Repeatable: what is settled is not found again. Refuses nothing.
-- The delay is the time without a card: from the closing to the next approval.
SELECT old.id, old.id, old.dossier_id, old.unit_id, old.area, old.ended_at, next_card.approved_at,
       old.valid::text, next_card.valid::text, ''
FROM cards_card AS old
LEFT JOIN LATERAL (
    SELECT later.approved_at, later.valid FROM cards_card AS later
    WHERE later.person_id = old.person_id AND later.id <> old.id AND later.approved_at > old.ended_at
    ORDER BY later.approved_at, later.id LIMIT 1) AS next_card ON true
WHERE (%(everything)s OR old.id = ANY (%(ids)s))
  AND old.status = 'superseded'
  AND NOT EXISTS (
      SELECT 1 FROM cards_card AS held
      WHERE held.person_id = old.person_id AND held.id <> old.id AND held.approved_at <= old.ended_at
        AND (held.ended_at IS NULL OR held.ended_at > old.ended_at))
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-09' AND known.subject_kind = 'card' AND known.subject_id = old.id
                    AND known.ended_at IS NOT NULL)
