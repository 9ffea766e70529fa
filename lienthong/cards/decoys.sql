-- Decoys: the next numbers of the sequence, each with a name and a birth date that are nobody's.
-- Reads: nothing. Writes: authz.decoy, persons_number_serial. Grain: one decoy.
-- Repeatable: no, each run takes further numbers. Refuses: a number that a person has (it cannot come from the sequence).
INSERT INTO authz.decoy (number, name_key, born_on)
SELECT persons_next_number(), new.name_key, new.born_on
FROM unnest(%(names)s::text[], %(days)s::date[]) AS new (name_key, born_on)
