-- After a restore: what waited to be sent may have been sent since. It goes nowhere until an operator sends it again.
-- Reads and writes: database_outbox, database_alarm. Writes: persons_number_serial. Grain: one call.
-- Repeatable: what was stopped has left the set. Refuses nothing. Leases end too: their holders are another machine's past.
WITH stopped AS (
    UPDATE database_outbox AS owed
    SET state = 'dead', lease_until = NULL, answer = 'restored', fence = owed.fence + 1
    WHERE owed.state = 'pending'
    RETURNING owed.id, owed.kind, owed.key, owed.version
),
told AS (
    INSERT INTO database_alarm (name, subject, detail)
    SELECT 'outbox.dead', concat_ws(':', kind, key, version), jsonb_build_object('id', id, 'restored', true)
    FROM stopped
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
),
-- Numbers drawn after the instant restored to may stand on cards: they are left out for ever.
skipped AS MATERIALIZED (
    SELECT max(nextval('persons_number_serial')) AS last FROM generate_series(1, %(skipped)s::bigint)
),
noted AS (
    INSERT INTO database_alarm (name, subject, detail)
    SELECT 'system.restored', %(copy)s,
           jsonb_build_object('until', %(until)s::text, 'stopped', (SELECT count(*) FROM stopped),
                              'skipped', (SELECT CASE WHEN last IS NULL THEN 0 ELSE %(skipped)s::bigint END FROM skipped))
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING
)
SELECT count(*) FROM stopped
