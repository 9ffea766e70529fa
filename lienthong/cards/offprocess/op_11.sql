-- OP-11: a card code whose group, level, province or number is not that of the card, or not in the lists of its day.
-- Reads: cards_card, cards_request, catalogues_benefitgroup, catalogues_division. Writes nothing.
-- Grain: one card. Repeatable: reads alone. Refuses nothing.
-- A further card may keep the digits of a province that is no more.
WITH provinces AS (
    SELECT code, range_agg(valid) AS valid FROM catalogues_division WHERE level = 'province' GROUP BY code
)
SELECT card.id, card.id, card.dossier_id, card.unit_id, card.area, NULL::timestamptz, NULL::timestamptz,
       NULL::text, card.valid::text, judged.detail
FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
CROSS JOIN LATERAL (SELECT (request.requested_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS on_day) AS asked
LEFT JOIN catalogues_benefitgroup AS benefit
    ON benefit.code = card.beneficiary_group AND benefit.level = card.benefit_level AND benefit.valid @> asked.on_day
LEFT JOIN provinces AS province ON province.code = card.province_code
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN substr(card.code, 1, 5) <> card.beneficiary_group || card.benefit_level || card.province_code
             OR substr(card.code, 6) <> card.insurance_number
            THEN 'Mã thẻ không khớp nhóm, mức hưởng, tỉnh hoặc mã số của thẻ'
        WHEN benefit.code IS NULL
            THEN 'Nhóm ' || card.beneficiary_group || ' không có mức hưởng ' || card.benefit_level || ' vào ngày yêu cầu'
        WHEN province.valid @> asked.on_day OR request.kind <> 'first' AND lower(province.valid) <= asked.on_day THEN NULL
        ELSE 'Không có tỉnh mã ' || card.province_code || ' vào ngày yêu cầu' END AS detail) AS judged
WHERE (%(everything)s OR card.id = ANY (%(ids)s))
  AND card.status <> 'cancelled'
  AND judged.detail IS NOT NULL
