-- The letters that a session may see, drafts first, then the newest, with counts of the addressees it may see.
-- Reads oversight_directive, oversight_addressee, oversight_reply · Writes nothing · Grain one letter · Repeatable · Refuses nothing
SELECT directive.id, directive.state, directive.number, directive.dated_on, directive.subject,
       coalesce(due.first_due, directive.due_on) AS due_on, coalesce(due.addressee_count, 0), coalesce(due.sent_count, 0),
       CASE directive.state WHEN 'issued' THEN coalesce(due.late_count, 0) ELSE 0 END, coalesce(due.opened_count, 0)
FROM oversight_directive AS directive
LEFT JOIN LATERAL (
    SELECT min(addressee.due_on) FILTER (WHERE NOT given.has_sent) AS first_due, count(*) AS addressee_count,
           count(*) FILTER (WHERE given.has_sent) AS sent_count,
           count(*) FILTER (WHERE NOT given.has_sent AND addressee.due_on < %(on)s) AS late_count,
           count(*) FILTER (WHERE addressee.opened_at IS NOT NULL) AS opened_count
    FROM oversight_addressee AS addressee
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT 1 FROM oversight_reply AS reply
                       WHERE reply.addressee_id = addressee.id AND reply.state = 'sent') AS has_sent) AS given
    WHERE addressee.directive_id = directive.id) AS due ON true
WHERE (%(state)s = '' OR directive.state = %(state)s)
  AND (directive.search_key LIKE ALL (%(words)s::text[])
       OR EXISTS (SELECT 1 FROM oversight_addressee AS answering
                  JOIN oversight_reply AS reply ON reply.addressee_id = answering.id
                  WHERE answering.directive_id = directive.id AND reply.number <> '' AND lower(reply.number) = %(number)s))
  AND (%(first)s::date IS NULL OR directive.dated_on >= %(first)s::date)
  AND (%(last)s::date IS NULL OR directive.dated_on <= %(last)s::date)
  AND (%(province)s = '' OR EXISTS (
      SELECT 1 FROM oversight_addressee AS asked
      WHERE asked.directive_id = directive.id AND asked.province_code = %(province)s))
ORDER BY directive.state = 'draft' DESC, directive.dated_on DESC NULLS FIRST, directive.id DESC
OFFSET %(offset)s LIMIT %(limit)s
