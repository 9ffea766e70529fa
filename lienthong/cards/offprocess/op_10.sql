-- OP-10: a further card with another insurance number than the person's cards before it.
-- Reads: cards_card, persons_person, persons_numberrepair. Writes nothing.
-- Grain: one card. Repeatable: reads alone. Refuses nothing.
-- The personal id standing for the number (since 01/08/2025) is the same person's, not another number; and a number that two
-- officers put right is the person's from then on.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       old.valid::text, card.valid::text, 'Mã số trước: ' || old.insurance_number
FROM cards_card AS card
JOIN persons_person AS person ON person.id = card.person_id
CROSS JOIN LATERAL (
    SELECT earlier.insurance_number, earlier.valid FROM cards_card AS earlier
    WHERE earlier.person_id = card.person_id AND earlier.id <> card.id AND earlier.approved_at IS NOT NULL
      AND (card.approved_at IS NULL OR (earlier.approved_at, earlier.id) < (card.approved_at, card.id))
    ORDER BY earlier.approved_at DESC, earlier.id DESC LIMIT 1) AS old
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND card.status <> 'cancelled'
  AND card.insurance_number <> old.insurance_number
  AND card.insurance_number IS DISTINCT FROM person.personal_id
  AND NOT EXISTS (
      SELECT 1 FROM persons_numberrepair AS repair
      WHERE repair.state IN ('confirmed', 'done')
        AND repair.effects @> jsonb_build_array(jsonb_build_object(
            'person', card.person_id, 'number', card.insurance_number, 'after', 'active')))
