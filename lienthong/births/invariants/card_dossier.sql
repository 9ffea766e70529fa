-- CARD_DOSSIER
-- Trạng thái thẻ và hồ sơ không khớp nhau.
-- A card on its way may be replaced inside its dossier: the old one stays active beside the new request. A dossier whose
-- card was replaced by that of another dossier keeps its place at the end of the way.
SELECT dossier.id, dossier.code || ': ' || dossier.state FROM dossiers_dossier AS dossier
LEFT JOIN LATERAL (
    SELECT coalesce(bool_or(card.status = 'requested'), false) AS is_requested,
           coalesce(bool_or(card.status = 'active'), false) AS is_active,
           coalesce(bool_or(card.status IN ('superseded', 'expired')), false) AS was_replaced,
           coalesce(bool_or(card.status = 'requested' AND request.replaces_id IS NOT NULL), false) AS is_further
    FROM cards_card AS card JOIN cards_request AS request ON request.id = card.request_id
    WHERE card.dossier_id = dossier.id) AS cards ON true
WHERE NOT CASE
    WHEN dossier.state = 'APPROVAL_REQUESTED' THEN is_requested AND (is_further OR NOT is_active)
    WHEN dossier.state = 'RETURNED' THEN NOT is_requested AND (is_active OR was_replaced)
    WHEN dossier.state IN ('APPROVED', 'PRINTED') THEN NOT is_requested AND is_active
    ELSE NOT is_requested AND NOT is_active END
