-- Alarms of hospitals' accounts follow their suspensions: one stands while the other does.
-- Reads: accounts_suspension, accounts_machine, cards_lookupday. Writes: database_alarm. Grain: one account.
-- Repeatable: yes, an alarm that stands is left alone. Refuses: nothing.
WITH suspended AS (
    SELECT machine.name, suspension.reason
    FROM accounts_suspension AS suspension JOIN accounts_machine AS machine ON machine.id = suspension.machine_id
    WHERE suspension.lifted_at IS NULL
), raised AS (
    INSERT INTO database_alarm (name, subject, detail)
    SELECT %(suspended)s, suspended.name, jsonb_build_object('reason', suspended.reason) FROM suspended
    ON CONFLICT (name, subject) WHERE closed_at IS NULL DO NOTHING RETURNING 1
), closed AS (
    UPDATE database_alarm AS alarm SET closed_at = clock_timestamp()
    WHERE alarm.closed_at IS NULL
      AND (alarm.name = %(suspended)s AND NOT EXISTS (SELECT 1 FROM suspended WHERE suspended.name = alarm.subject)
           OR alarm.name = %(decoy)s AND NOT EXISTS (
               SELECT 1 FROM cards_lookupday AS used JOIN accounts_machine AS machine ON machine.id = used.machine_id
               WHERE machine.name = alarm.subject AND used.decoy_count > 0 AND used.day >= %(since)s))
    RETURNING 1
)
SELECT (SELECT count(*) FROM raised), (SELECT count(*) FROM closed)
