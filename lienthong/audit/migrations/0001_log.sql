-- The audit log: who may write and read it, and the one function by which triggers of other tables write it.
-- Reads: lienthong.by, lienthong.at, lienthong.account, lienthong.request of the transaction. Writes: audit_entry.

DO $$
BEGIN
    CREATE ROLE lienthong_web NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
    CREATE ROLE lienthong_worker NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

ALTER TABLE audit_entry
    ALTER COLUMN fields SET DEFAULT '{}',
    ALTER COLUMN detail SET DEFAULT '{}';

-- One audit row for one statement of a business table. The digest binds the rows that the statement wrote.
CREATE FUNCTION audit_write(action text, subject_kind text, detail jsonb, digest bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := current_setting('lienthong.by', true);
BEGIN
    IF coalesce(who, '') = '' THEN
        RAISE EXCEPTION 'no actor: write through database.scope.acting'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, request_id, detail, digest)
    VALUES (
        nullif(current_setting('lienthong.at', true), '')::timestamptz,
        who,
        coalesce(nullif(current_setting('lienthong.account', true), '')::bigint, 0),
        action,
        subject_kind,
        coalesce(current_setting('lienthong.request', true), ''),
        coalesce(detail, '{}'),
        digest);
END $$;
REVOKE EXECUTE ON FUNCTION audit_write(text, text, jsonb, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_write(text, text, jsonb, bytea) TO lienthong_web, lienthong_worker;

-- True when the asking role can see the subject itself: the entries about a row follow the scope of the row.
-- Runs as the asking role on purpose, so that row-level security of the subject's table applies.
CREATE FUNCTION audit_visible(subject_kind text, subject_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place regclass := (SELECT to_regclass(s.table_name) FROM audit_subject AS s
                       WHERE s.kind = audit_visible.subject_kind);
    is_visible boolean;
BEGIN
    IF place IS NULL OR subject_id IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE id = $1)', place)
        INTO is_visible USING subject_id;
    RETURN is_visible;
END $$;

-- Neither role may name the database's own columns (id, at, xact): nobody writes an entry into the past.
GRANT INSERT (decided_at, by, account_id, action, subject_kind, subject_id, purpose, fields, request_id, detail,
              digest) ON audit_entry TO lienthong_web, lienthong_worker;
GRANT SELECT ON audit_entry, audit_subject TO lienthong_web, lienthong_worker;
GRANT SELECT, INSERT ON audit_leaf, audit_checkpoint TO lienthong_worker;

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entry_anybody_adds ON audit_entry FOR INSERT
    TO lienthong_web, lienthong_worker WITH CHECK (true);
CREATE POLICY audit_entry_worker_reads ON audit_entry FOR SELECT TO lienthong_worker USING (true);
CREATE POLICY audit_entry_about_visible ON audit_entry FOR SELECT
    TO lienthong_web USING (audit_visible(subject_kind, subject_id));

-- Stops honest mistakes of the owner too. A superuser can walk past it; then `verify` finds the change.
CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is written once' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
CREATE TRIGGER audit_leaf_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
CREATE TRIGGER audit_checkpoint_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_kept();
