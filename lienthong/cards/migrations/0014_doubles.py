"""One person, one line of cards, however many records were merged."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent
_SQL = (_HERE / "doubles.sql").read_text(encoding="utf-8")
_UNDO = (_HERE / "doubles_undo.sql").read_text(encoding="utf-8")
# What the look-up says of one person's records: before, and since records are merged.
_LOOK_UP = (
    # An id that a merged record held leads to the person.
    (
        "registered.merged_into_id IS NULL) AS found",
        """registered.merged_into_id IS NULL
            UNION ALL
            SELECT former.id FROM persons_person AS former
            WHERE former.personal_id = call.personal_id AND former.merged_into_id IS NOT NULL) AS found""",
    ),
    # The name and the birth date that any of the records bears are the person's.
    (
        """name_match_key(asked.full_name) = call.name_key)
                     IS NOT TRUE""",
        """name_match_key(asked.full_name) = call.name_key
                      OR cardinality(person.family) > 1 AND EXISTS (
                          SELECT 1 FROM persons_person AS alias
                          WHERE alias.id = ANY (person.family) AND name_match_key(alias.full_name) = call.name_key))
                     IS NOT TRUE""",
    ),
    (
        """WHEN known.birth_fits IS NOT TRUE THEN 'wrong_birth'
                WHEN asked.id IS NULL""",
        """WHEN known.birth_fits IS NOT TRUE AND (cardinality(person.family) > 1 AND EXISTS (
                    SELECT 1 FROM persons_person AS alias
                    WHERE alias.id = ANY (person.family) AND extract(year FROM alias.born_on) = call.born_year
                      AND (call.born_month = 0 OR extract(month FROM alias.born_on) = call.born_month)
                      AND (call.born_day = 0 OR extract(day FROM alias.born_on) = call.born_day))) IS NOT TRUE
                    THEN 'wrong_birth'
                WHEN asked.id IS NULL""",
    ),
    # A card taken away as a double has the person's card in its place.
    (
        "WHEN asked.status = 'revoked' THEN cards_ended_verdict(asked.end_reason)",
        """WHEN asked.status = 'revoked' AND (asked.end_reason <> 'DUPLICATE_CONFIRMED' OR newer.id IS NULL)
                    THEN cards_ended_verdict(asked.end_reason)""",
    ),
    (
        """newer.code <> asked.code THEN 'replaced_valid' ELSE 'valid' END""",
        """newer.code <> asked.code THEN 'replaced_valid'
                         -- The card shown bears a former number; the person's card bears another.
                         WHEN call.card_prefix IS NOT NULL AND call.number <> asked.insurance_number
                             THEN 'replaced_valid'
                         ELSE 'valid' END""",
    ),
)


def _reading(changes: tuple[tuple[str, str], ...]) -> str:
    """The statement that makes the look-up read so; refused when it does not read as expected."""
    parts = ", ".join(f"$part${text}$part$" for change in changes for text in change)
    return f"""
DO $do$
DECLARE
    told text := pg_get_functiondef('cards_find(cards_call[])'::regprocedure);
    parts text[] := ARRAY[{parts}];
BEGIN
    FOR at IN 1 .. cardinality(parts) BY 2 LOOP
        IF strpos(told, parts[at]) = 0 THEN
            RAISE EXCEPTION 'cards_find does not read as it did: %', parts[at];
        END IF;
        told := replace(told, parts[at], parts[at + 1]);
    END LOOP;
    EXECUTE told;
END $do$;
"""


class Migration(migrations.Migration):
    """The promises of the line over all records of one person, and the look-up through them."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cards", "0013_facility_children"),
        ("persons", "0006_pairs"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_SQL, _UNDO),
        migrations.RunSQL(
            _reading(_LOOK_UP), _reading(tuple((new, old) for old, new in reversed(_LOOK_UP)))
        ),
    ]
