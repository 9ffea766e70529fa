-- HOUSEHOLD_MEMBER
-- Thành viên vẫn còn trong hộ đã đóng.
SELECT member.id, household.code
FROM persons_member AS member
JOIN persons_household AS household ON household.id = member.household_id
WHERE NOT member.is_void AND household.closed_on IS NOT NULL
  AND (upper_inf(member.during) OR upper(member.during) > household.closed_on)
