-- What one letter of the outbox says, and where its recipient is reached now.
-- Reads: notices_notice, notices_contact. Writes: nothing. Grain: one notice. Repeatable.
-- Refuses: nothing; without a current contact the address is empty.
SELECT notice.kind, notice.words, notice.made_at, coalesce(contact.address, ''),
       coalesce(nullif(contact.name, ''), officer.full_name, ''),
       coalesce(contact.wants_optional, false), contact.token
FROM notices_notice AS notice
LEFT JOIN accounts_officer AS officer ON officer.id = notice.account_id
LEFT JOIN notices_contact AS contact
  ON contact.subject_kind = split_part(notice.recipient, ':', 1)
 AND contact.subject_id = split_part(notice.recipient, ':', 2)::bigint
 AND contact.channel = notice.channel AND contact.ended_at IS NULL
WHERE notice.id = %(notice)s AND notice.recipient = %(recipient)s AND notice.channel = %(channel)s
