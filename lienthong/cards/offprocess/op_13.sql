-- OP-13: one further card too many for a person within the days that the law's figures name.
-- Reads: cards_request, cards_card. Writes nothing.
-- Grain: one request for a further card. Repeatable: reads alone. Refuses nothing.
-- The cards of one line that were asked for together are one time.
SELECT request.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, card.valid::text,
       'Lần thứ ' || repeated.times || ' trong ' || %(repeat_days)s || ' ngày'
FROM cards_request AS request
JOIN cards_card AS card ON card.request_id = request.id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT (asked.dossier_id, asked.requested_at)) AS times
    FROM cards_card AS own JOIN cards_request AS asked ON asked.id = own.request_id
    WHERE own.person_id = card.person_id AND asked.kind <> 'first' AND asked.withdrawn_at IS NULL
      AND asked.requested_at > request.requested_at - make_interval(days => %(repeat_days)s)
      AND (asked.requested_at, asked.id) <= (request.requested_at, request.id)) AS repeated
WHERE (%(everything)s OR request.id = ANY (%(ids)s))
  AND request.kind <> 'first' AND request.withdrawn_at IS NULL
  AND repeated.times >= %(repeat_count)s
