-- Homes: each child of these dossiers joins its mother's household, or is noted as having none.
-- Reads: dossiers_dossier, births_registration, births_birth, persons_person, persons_number, persons_member,
--        persons_household, persons_unplaced. Writes: persons_member, persons_person.mother_id, persons_unplaced.
-- Grain: one child. Repeatable: who has its place keeps it; after a corrected mother it is looked at anew.
-- Refuses nothing: who cannot be placed says why on the list.
WITH asked AS MATERIALIZED (
    SELECT DISTINCT ON (dossier.person_id) dossier.person_id, dossier.area,
           coalesce(birth.facts ->> 'household_code', '') AS code,
           EXISTS (SELECT 1 FROM persons_unplaced AS open
                   WHERE open.person_id = dossier.person_id AND open.closed_at IS NULL
                     AND open.why = 'MOTHER_CORRECTED') AS is_corrected
    FROM dossiers_dossier AS dossier
    LEFT JOIN births_registration AS registration ON registration.dossier_id = dossier.id
    LEFT JOIN births_birth AS birth
        ON birth.registration_id = registration.id AND birth.version = registration.applied_version
       AND birth.paper_no = registration.applied_paper_no
    WHERE dossier.id = ANY (%(dossiers)s) AND dossier.person_id IS NOT NULL AND dossier.state <> 'CANCELLED'
    ORDER BY dossier.person_id, dossier.id DESC
)
SELECT persons_place_newborns(array_agg(person_id), array_agg(area), array_agg(code), array_agg(is_corrected),
                              %(mother_relations)s::text[], %(child_relations)s::text[])
FROM asked HAVING count(*) > 0
