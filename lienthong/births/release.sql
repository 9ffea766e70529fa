-- Release: messages held for a commune that the catalogue has learnt since; they are judged again.
-- Reads: births_message (held), catalogues_division. Writes: births_message. Grain: one message. Repeatable.
-- Refuses nothing. The receipt time stays.
UPDATE births_message AS message
SET state = 'pending', held_for = '', code = '', field = ''
FROM (
    SELECT held.id FROM births_message AS held
    WHERE held.state = 'held' AND held.held_for LIKE 'commune:%%'
      AND EXISTS (SELECT 1 FROM catalogues_division AS division WHERE division.code = split_part(held.held_for, ':', 2))
    ORDER BY held.id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) AS released
WHERE message.id = released.id
