-- Each addressee of a letter that a session may see, with its last signed reply; who owes one first, the earliest day first.
-- Reads oversight_addressee, oversight_directive, oversight_reply · Writes nothing · Grain one addressee · Repeatable · Refuses nothing
SELECT addressee.id, addressee.province_code, addressee.province_name, addressee.due_on, addressee.opened_at,
       addressee.opened_by, coalesce(latest.id, 0), coalesce(latest.version, 0), latest.sent_at, earliest.sent_at,
       coalesce(latest.signer_name, ''),
       coalesce((earliest.sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > earliest.due_on, false) AS sent_late,
       latest.id IS NULL AND addressee.due_on < %(on)s AND directive.state = 'issued' AS is_late
FROM oversight_addressee AS addressee
JOIN oversight_directive AS directive ON directive.id = addressee.directive_id
LEFT JOIN LATERAL (
    SELECT * FROM oversight_reply AS reply WHERE reply.addressee_id = addressee.id AND reply.state = 'sent'
    ORDER BY reply.version DESC LIMIT 1) AS latest ON true
LEFT JOIN LATERAL (
    SELECT * FROM oversight_reply AS reply WHERE reply.addressee_id = addressee.id AND reply.state = 'sent'
    ORDER BY reply.version LIMIT 1) AS earliest ON true
WHERE addressee.directive_id = %(directive)s
ORDER BY latest.id IS NOT NULL, addressee.due_on, addressee.province_code
