-- REGISTRATION_DOSSIER
-- Việc đăng ký và hồ sơ không khớp nhau.
-- A child whose card two officers reported as reduced stays registered, without a dossier on its way; so does one who
-- was found to be registered twice.
SELECT registration.id, coalesce(dossier.state, 'không có hồ sơ')
FROM births_registration AS registration
LEFT JOIN births_birth AS birth
    ON birth.registration_id = registration.id AND birth.version = registration.applied_version
   AND birth.paper_no = registration.applied_paper_no
LEFT JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
WHERE CASE
    WHEN registration.applied_version IS NULL THEN dossier.id IS NOT NULL
    WHEN birth.id IS NULL THEN true
    -- A paper whose child came electronically: the other entry answers for the dossier.
    WHEN registration.joined_dossier_id IS NOT NULL THEN registration.applied_paper_no = 0
    WHEN (registration.applied_version, registration.applied_paper_no)
         > (coalesce(registration.cancelled_version, 0), registration.cancelled_paper_no)
        THEN (birth.entitled AND (dossier.id IS NULL OR (dossier.state IN ('CANCELLED', 'REJECTED')
            AND NOT EXISTS (
            SELECT 1 FROM persons_merge AS merger
            WHERE merger.loser_id = dossier.person_id AND merger.confirmed_at IS NOT NULL AND merger.undone_at IS NULL)
            AND NOT EXISTS (
            SELECT 1 FROM births_duplicate AS decided
            WHERE decided.dossier_id = dossier.id AND decided.kind = 'same' AND decided.undone_at IS NULL)
            AND NOT EXISTS (
            SELECT 1 FROM cards_reduction AS reduction JOIN cards_card AS card ON card.id = reduction.card_id
            WHERE card.person_id = dossier.person_id AND reduction.confirmed_at IS NOT NULL))))
    ELSE dossier.id IS NOT NULL AND dossier.state <> 'CANCELLED' END
