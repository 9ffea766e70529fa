-- The sender's signature of each call, as it came: written once by the door, and read for a proof alone, held to the area
-- of who asks.

CREATE TRIGGER births_signature_kept BEFORE UPDATE OR DELETE ON births_signature
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();
CREATE TRIGGER births_sentbody_kept BEFORE UPDATE OR DELETE ON births_sentbody
    FOR EACH STATEMENT EXECUTE FUNCTION births_written_once();

-- The body of a batch holds everything of many children: the pages' role hands it in and never reads it.
GRANT INSERT ON births_signature, births_sentbody TO lienthong_web;
GRANT SELECT (sha256) ON births_sentbody TO lienthong_web;
GRANT SELECT, INSERT ON births_signature, births_sentbody TO lienthong_worker;

-- The messages about these dossiers and of the papers that joined them, where who asks may take out a proof.
CREATE FUNCTION births_proof_messages(dossier_ids bigint[]) RETURNS TABLE (message_ref bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH entry AS (
        SELECT id, dossier_id AS of_dossier FROM births_registration WHERE dossier_id = ANY (dossier_ids)
        UNION ALL
        SELECT id, joined_dossier_id FROM births_registration WHERE joined_dossier_id = ANY (dossier_ids)
    )
    SELECT message.id
    FROM entry
    JOIN dossiers_dossier AS dossier ON dossier.id = entry.of_dossier
    JOIN births_message AS message ON message.registration_id = entry.id
    WHERE births_proof_reaches(dossier.area)
$$;

-- The signatures of these calls, as far as they delivered such a message, with the key as we knew it then (`known_…`) and
-- know it now. `is_own`: all that the call delivered are such messages, so that its body tells of nobody else.
CREATE FUNCTION births_proof_signatures(dossier_ids bigint[], calls uuid[])
RETURNS TABLE (
    correlation_id uuid, key_id text, known_key bytea, known_from timestamptz, known_until timestamptz, base text,
    signature_input text, signature text, coding text, items smallint, sent_sha256 bytea, is_own boolean,
    source text, public_key bytea, valid_from timestamptz, valid_until timestamptz, revoked_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH told AS MATERIALIZED (
        SELECT delivery.correlation_id, count(*) FILTER (WHERE delivery.outcome IN ('stored', 'duplicate')) AS own_count
        FROM births_delivery AS delivery
        WHERE delivery.message_ref IN (SELECT message_ref FROM births_proof_messages(dossier_ids))
            AND delivery.correlation_id = ANY (calls)
        GROUP BY delivery.correlation_id
    )
    SELECT made.correlation_id, made.key_id, made.public_key, made.valid_from, made.valid_until, made.base,
           made.signature_input, made.signature, made.coding, made.items, made.sent_sha256,
           made.sent_sha256 IS NULL OR told.own_count = made.items, machine.source, known.public_key, known.valid_from,
           known.valid_until, known.revoked_at
    FROM told
    JOIN births_signature AS made ON made.correlation_id = told.correlation_id
    LEFT JOIN accounts_senderkey AS known ON known.key_id = made.key_id
    LEFT JOIN accounts_machine AS machine ON machine.id = known.machine_id
    ORDER BY made.correlation_id
$$;

-- The bodies of those of these calls that tell of nobody else, each once.
CREATE FUNCTION births_proof_sent(dossier_ids bigint[], calls uuid[]) RETURNS TABLE (sha256 bytea, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT sent.sha256, sent.body FROM births_sentbody AS sent
    WHERE sent.sha256 IN (SELECT made.sent_sha256 FROM births_proof_signatures(dossier_ids, calls) AS made
                          WHERE made.is_own)
    ORDER BY sent.sha256
$$;

GRANT CREATE ON SCHEMA public TO lienthong_worker;
ALTER FUNCTION births_proof_messages(bigint[]) OWNER TO lienthong_worker;
ALTER FUNCTION births_proof_signatures(bigint[], uuid[]) OWNER TO lienthong_worker;
ALTER FUNCTION births_proof_sent(bigint[], uuid[]) OWNER TO lienthong_worker;
REVOKE CREATE ON SCHEMA public FROM lienthong_worker;
REVOKE ALL ON FUNCTION births_proof_messages(bigint[]), births_proof_signatures(bigint[], uuid[]),
    births_proof_sent(bigint[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION births_proof_signatures(bigint[], uuid[]), births_proof_sent(bigint[], uuid[])
    TO lienthong_web, lienthong_worker;
