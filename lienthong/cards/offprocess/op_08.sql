-- OP-08: between two cards that follow each other, days without cover that the child was entitled to, or days of both.
-- Reads: cards_card, cards_request, persons_person. Writes nothing.
-- Grain: one card with one before it. Repeatable: reads alone. Refuses nothing.
-- The card before is the one replaced, or else the last one approved before that was not revoked. A replaced card's own
-- days (002-2) and days anew after a corrected birth date (002-6) are no overlap.
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       old.valid::text, card.valid::text,
       CASE WHEN lower(card.valid) > upper(old.valid) THEN 'Khoảng trống từ ' || to_char(upper(old.valid), 'DD/MM/YYYY')
                     || ' đến hết ' || to_char(lower(card.valid) - 1, 'DD/MM/YYYY')
            ELSE 'Thẻ sau bắt đầu ' || to_char(lower(card.valid), 'DD/MM/YYYY') || ', thẻ trước đến hết '
                     || to_char(upper(old.valid) - 1, 'DD/MM/YYYY') END
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
JOIN persons_person AS person ON person.id = card.person_id
CROSS JOIN LATERAL (
    SELECT earlier.valid FROM cards_card AS earlier
    WHERE earlier.person_id = card.person_id AND earlier.id <> card.id AND earlier.approved_at IS NOT NULL
      AND CASE WHEN request.replaces_id IS NULL
               THEN earlier.approved_at < card.approved_at AND earlier.status <> 'revoked'
               ELSE earlier.id = request.replaces_id END
    ORDER BY earlier.approved_at DESC, earlier.id DESC LIMIT 1) AS old
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND card.approved_at IS NOT NULL
  AND (lower(card.valid) > upper(old.valid) AND daterange(upper(old.valid), lower(card.valid)) && person.entitled
       OR lower(card.valid) > lower(old.valid) AND lower(card.valid) < upper(old.valid)
          AND NOT request.ground = ANY (%(dating_grounds)s))
