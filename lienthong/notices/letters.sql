-- Letters of the outbox, newest first, with what they are about where the reader may see the notice.
-- Reads: database_outbox, notices_notice, notices_contact (by row-level security). Writes: nothing. Grain: one letter.
-- Repeatable. Refuses: nothing; letters out of reach are not there unless the reader is shown all.
SELECT letter.id, letter.kind, letter.state, letter.attempts, letter.created_at, letter.next_at, letter.sent_at,
       letter.answer, coalesce(letter.lease_until > statement_timestamp(), false) AS is_leased, notice.id AS notice_id,
       coalesce(notice.subject_kind, '') AS subject_kind, notice.subject_id,
       notice.kind AS notice_kind, notice.words, notice.channel, contact.address
FROM database_outbox AS letter
LEFT JOIN notices_notice AS notice ON letter.kind = 'notice.' || notice.channel AND notice.id = letter.version
LEFT JOIN LATERAL (
    SELECT known.address FROM notices_contact AS known
    WHERE known.subject_kind = split_part(notice.recipient, ':', 1)
      AND known.subject_id = split_part(notice.recipient, ':', 2)::bigint
      AND known.channel = notice.channel AND known.ended_at IS NULL) AS contact ON true
WHERE letter.id < %(after)s AND (%(all)s OR notice.id IS NOT NULL)
  AND (%(kind)s = '' OR letter.kind = %(kind)s) AND (%(state)s = '' OR letter.state = %(state)s)
ORDER BY letter.id DESC
LIMIT %(limit)s
