-- The messages about a dossier are those of the papers that joined it too.

-- The bytes of the messages about these dossiers, as received; what was typed from a paper that joined one of them too.
CREATE OR REPLACE FUNCTION births_proof_bodies(dossier_ids bigint[]) RETURNS TABLE (message_ref bigint, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH entry AS (
        SELECT id, dossier_id AS of_dossier FROM births_registration WHERE dossier_id = ANY (dossier_ids)
        UNION ALL
        SELECT id, joined_dossier_id FROM births_registration WHERE joined_dossier_id = ANY (dossier_ids)
    )
    SELECT message.id, message.body
    FROM entry
    JOIN dossiers_dossier AS dossier ON dossier.id = entry.of_dossier
    JOIN births_message AS message ON message.registration_id = entry.id
    WHERE births_proof_reaches(dossier.area)
    ORDER BY message.id
$$;
