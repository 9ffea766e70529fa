-- CARD_CONTENT
-- Nội dung thẻ khác với yêu cầu đã được duyệt.
SELECT card.id, card.code FROM cards_card AS card
JOIN cards_request AS request ON request.id = card.request_id
WHERE (convert_from(request.body, 'UTF8')::jsonb
       - '{guardian_name,replaces,kind,ground,rule,note,person,entitled_from,entitled_end,evidence,closes,line}'::text[]) IS DISTINCT FROM jsonb_build_object(
    'address', card.address, 'area_code', card.area_code, 'born_on', card.born_on, 'code', card.code,
    'facility_code', card.facility_code, 'five_year_on', card.five_year_on, 'full_name', card.full_name,
    'sex', card.sex, 'valid_from', lower(card.valid), 'valid_to', upper(card.valid) - 1,
    'version', card.version)
