-- HOUSEHOLD_HEAD
-- Hộ đang có thành viên nhưng không có chủ hộ.
-- A head who was called into another unit's household, or died, leaves a household that an officer must name a head for:
-- a breach only once that is a month old.
SELECT household.id, household.code
FROM persons_household AS household
WHERE household.closed_on IS NULL
  AND EXISTS (SELECT 1 FROM persons_member AS member
              WHERE member.household_id = household.id AND NOT member.is_void AND upper_inf(member.during))
  AND NOT EXISTS (SELECT 1 FROM persons_member AS head
                  WHERE head.household_id = household.id AND NOT head.is_void AND head.relation = '00'
                    AND (upper_inf(head.during) OR head.ended_said_at > clock_timestamp() - interval '1 month'))
