-- The outbox and the alarms: defaults and grants. Pages see how far a call has come, never its payload.
ALTER TABLE database_outbox ALTER COLUMN payload SET DEFAULT '{}';
ALTER TABLE database_alarm ALTER COLUMN detail SET DEFAULT '{}';

-- Identity columns need no sequence grants. Nobody but the owner deletes.
GRANT INSERT (kind, key, version, payload) ON database_outbox TO lienthong_web;
GRANT SELECT (id, kind, key, version, created_at, state, attempts, sent_at) ON database_outbox TO lienthong_web;
GRANT SELECT, INSERT, UPDATE ON database_outbox TO lienthong_worker;
GRANT SELECT, INSERT, UPDATE ON database_alarm TO lienthong_web, lienthong_worker;
