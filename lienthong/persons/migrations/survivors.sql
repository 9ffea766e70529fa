-- One person, however many records were merged into one another. Reads: persons_person. Writes: nothing.

-- The record that stands for this one: itself, unless it was merged.
CREATE FUNCTION persons_survivor(id bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE way (id, next_id) AS (
        SELECT person.id, person.merged_into_id FROM persons_person AS person WHERE person.id = persons_survivor.id
        UNION ALL
        SELECT person.id, person.merged_into_id FROM way JOIN persons_person AS person ON person.id = way.next_id)
    SELECT way.id FROM way WHERE way.next_id IS NULL
$$;

-- A surviving record and all that were merged into it, directly or by way of others.
CREATE FUNCTION persons_family(id bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE family (id) AS (
        SELECT persons_family.id
        UNION ALL
        SELECT person.id FROM family JOIN persons_person AS person ON person.merged_into_id = family.id)
    SELECT array_agg(family.id) FROM family
$$;

-- The last hundred million numbers are kept for the temporary codes of newborns: no code can be read as both.
ALTER SEQUENCE persons_number_serial MAXVALUE 9899999999;
