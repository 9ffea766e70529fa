-- Number ledger: numbers in use whose two first digits are no province's of any time, one matter each.
-- Reads: persons_number, persons_numbermatter. Writes: persons_numbermatter. Grain: one number of a stretch of the ledger.
-- Repeatable: what is open, was repaired or left is not opened again. Refuses nothing. A number that this installation
-- gave itself is never odd: newer numbers need not follow the layout.
WITH stretch AS MATERIALIZED (
    SELECT ledger.number, ledger.person_id, ledger.status, ledger.origin FROM persons_number AS ledger
    WHERE ledger.number > %(after)s AND ledger.number <= %(last)s
    ORDER BY ledger.number LIMIT %(limit)s
),
odd AS MATERIALIZED (
    SELECT stretch.number, stretch.person_id FROM stretch
    WHERE stretch.status = 'active' AND stretch.origin <> 'allotted'
      AND NOT EXISTS (
          SELECT 1 FROM persons_numbermatter AS known
          WHERE known.person_id = stretch.person_id AND known.kind = 'structure' AND known.key = stretch.number
            AND known.other_id IS NULL AND known.closed_as <> 'gone')
),
opened AS (
    INSERT INTO persons_numbermatter (kind, person_id, number, written, key, source, area, found_at, found_by)
    SELECT 'structure', odd.person_id, odd.number, odd.number, odd.number, 'ledger', persons_area_of(odd.person_id),
           %(at)s, %(by)s
    FROM odd
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT (SELECT count(*) FROM opened), (SELECT count(*) FROM stretch), (SELECT max(number) FROM stretch)
