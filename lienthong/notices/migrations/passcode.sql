-- One-time codes: three an hour for one child, ten minutes, five tries, by the database server's clock.
-- Reads, writes: notices_passcode. Neither pages nor the gateway read the table.

GRANT SELECT, INSERT, UPDATE, DELETE ON notices_passcode TO lienthong_worker;

-- True when the code may be sent; the fourth within an hour is not made.
CREATE FUNCTION notices_passcode_make(person bigint, nonce uuid, code_sha256 bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('passcode:' || person, 0));
    DELETE FROM notices_passcode AS old WHERE old.made_at < clock_timestamp() - interval '7 days';
    IF (SELECT count(*) FROM notices_passcode AS kept
        WHERE kept.person_id = person AND kept.made_at > clock_timestamp() - interval '1 hour') >= 3 THEN
        RETURN false;
    END IF;
    INSERT INTO notices_passcode (nonce, person_id, code_sha256)
    VALUES (notices_passcode_make.nonce, person, notices_passcode_make.code_sha256);
    RETURN true;
END $$;

-- True for the right code, in time, within five tries: counted before it is compared.
CREATE FUNCTION notices_passcode_open(nonce uuid, code text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kept notices_passcode;
BEGIN
    UPDATE notices_passcode AS made SET try_count = made.try_count + 1
    WHERE made.nonce = notices_passcode_open.nonce AND made.try_count < 5 AND made.opened_at IS NULL
      AND made.made_at > clock_timestamp() - interval '10 minutes'
    RETURNING made.* INTO kept;
    IF kept.nonce IS NULL
            OR kept.code_sha256 <> sha256(convert_to(kept.nonce || '|' || notices_passcode_open.code, 'UTF8')) THEN
        RETURN false;
    END IF;
    UPDATE notices_passcode AS made SET opened_at = clock_timestamp() WHERE made.nonce = kept.nonce;
    RETURN true;
END $$;
GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION notices_passcode_make(bigint, uuid, bytea) OWNER TO lienthong_worker;
ALTER FUNCTION notices_passcode_open(uuid, text) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE EXECUTE ON FUNCTION notices_passcode_make(bigint, uuid, bytea), notices_passcode_open(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notices_passcode_make(bigint, uuid, bytea), notices_passcode_open(uuid, text)
TO lienthong_web, lienthong_worker;
