-- Collect: record what arises for the state budget to pay for each numbered child.
-- Reads: dossiers_dossier (EXPORTED_TNHS with a number), persons_person. Writes: collection_entry, dossiers_dossier.
-- Grain: one dossier, one live entry. Repeatable: the entry is unique a dossier. Refuses nothing.
WITH claimed AS (
    SELECT id, person_id, unit_id, area FROM dossiers_dossier
    WHERE state = 'EXPORTED_TNHS' AND insurance_number IS NOT NULL
    ORDER BY id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),
entries AS (
    INSERT INTO collection_entry (dossier_id, person_id, unit_id, area, beneficiary_group, first_month, covers,
                                  arisen_at, void_reason)
    SELECT claimed.id, claimed.person_id, claimed.unit_id, claimed.area, %(group)s,
           date_trunc('month', lower(person.entitled))::date, person.entitled, %(at)s, ''
    FROM claimed JOIN persons_person AS person ON person.id = claimed.person_id
    ON CONFLICT (dossier_id) WHERE voided_at IS NULL DO NOTHING
)
UPDATE dossiers_dossier AS dossier
SET state = 'ARISEN', changed_at = %(at)s
FROM claimed
WHERE dossier.id = claimed.id
RETURNING dossier.state
