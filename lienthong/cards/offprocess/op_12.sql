-- OP-12: a card approved for a child who had another active card for the same days.
-- Reads: cards_card, cards_request, persons_person. Writes nothing.
-- Grain: one card, the later of two. Repeatable: reads alone. Refuses nothing.
-- Two records joined later are one child: found at the card of the record that was joined to the other. The card that
-- this one replaces is no second card. It is over when one of both ends.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, least(card.ended_at, other.ended_at),
       other.valid::text, card.valid::text, 'Thẻ đang có: ' || other.code
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
JOIN persons_person AS person ON person.id = card.person_id
CROSS JOIN LATERAL (
    SELECT held.id, held.code, held.valid, held.ended_at
    FROM cards_card AS held
    WHERE held.person_id IN (person.id, person.merged_into_id)
      AND held.id <> card.id AND held.id IS DISTINCT FROM request.replaces_id AND held.valid && card.valid
      AND held.approved_at < coalesce(card.ended_at, 'infinity')
      AND card.approved_at < coalesce(held.ended_at, 'infinity')
      AND (held.person_id <> card.person_id OR (held.approved_at, held.id) < (card.approved_at, card.id))
    ORDER BY held.approved_at, held.id LIMIT 1) AS other
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND card.approved_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM cards_finding AS known
                  WHERE known.rule = 'OP-12' AND known.subject_kind = 'card' AND known.subject_id = card.id
                    AND known.ended_at IS NOT NULL)
