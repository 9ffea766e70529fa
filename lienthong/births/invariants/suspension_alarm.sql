-- INV-32
-- Tài khoản tra cứu bị tạm khóa quá 60 giây mà chưa có báo động.
SELECT machine.name, suspension.reason
FROM accounts_suspension AS suspension JOIN accounts_machine AS machine ON machine.id = suspension.machine_id
WHERE suspension.lifted_at IS NULL AND suspension.at < clock_timestamp() - interval '60 seconds'
  AND NOT EXISTS (SELECT 1 FROM database_alarm AS alarm
                  WHERE alarm.name = 'lookup.suspended' AND alarm.subject = machine.name AND alarm.closed_at IS NULL)
