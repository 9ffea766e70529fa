-- INV-35
-- Hàng rào bảo vệ nhật ký đã bị gỡ.
-- Reads: the catalogue of the database. Grain: one missing guard: a trigger switched off, a right too many.
SELECT 'trigger:' || wanted.table_name, 'trigger'
FROM (VALUES ('audit_entry'), ('audit_leaf'), ('audit_checkpoint')) AS wanted (table_name)
WHERE NOT EXISTS (
    SELECT 1 FROM pg_trigger AS held
    WHERE held.tgrelid = to_regclass(wanted.table_name) AND held.tgname = wanted.table_name || '_kept'
      AND held.tgenabled IN ('O', 'A'))
UNION ALL
SELECT 'grant:' || role.rolname || ':' || wanted.table_name, wanted.privilege
FROM pg_roles AS role
CROSS JOIN (
    SELECT table_name, privilege
    FROM (VALUES ('audit_entry'), ('audit_leaf'), ('audit_checkpoint')) AS tables (table_name),
         (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS privileges (privilege)
) AS wanted
WHERE role.rolname IN ('lienthong_web', 'lienthong_worker')
  AND has_table_privilege(role.oid, wanted.table_name, wanted.privilege)
UNION ALL
SELECT 'row_security:audit_entry', 'row security'
WHERE NOT (SELECT relrowsecurity FROM pg_class WHERE oid = 'audit_entry'::regclass)
ORDER BY 1, 2
