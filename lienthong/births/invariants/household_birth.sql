-- HOUSEHOLD_BIRTH
-- Trẻ có khai sinh đã hủy vẫn còn trong hộ do khai sinh đó.
SELECT member.id, household.code
FROM persons_member AS member
JOIN persons_household AS household ON household.id = member.household_id
WHERE NOT member.is_void AND upper_inf(member.during) AND member.origin = 'birth'
  AND NOT EXISTS (SELECT 1 FROM dossiers_dossier AS dossier
                  WHERE dossier.person_id = member.person_id AND dossier.state <> 'CANCELLED')
