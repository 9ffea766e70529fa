"""Numbers repaired by two officers: the ledger, the dossiers and the old numbers in the statement that confirms."""

from pathlib import Path

from django.db import migrations

_SQL = (Path(__file__).parent / "number_repairs.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION births_matter_side(bigint);
    DROP FUNCTION births_tell_number(bigint, text, text);
    DROP FUNCTION births_repair_done() CASCADE;
    DROP FUNCTION births_repair_confirmed() CASCADE;
    DROP FUNCTION births_repair_apply(persons_numbermatter, text, text, timestamptz);
    DROP FUNCTION births_repair_claim(text, bigint, bigint, timestamptz);
    DROP FUNCTION births_number_note(bigint, persons_numbermatter, text, timestamptz);
    DROP FUNCTION births_number_give(bigint, timestamptz);
    DROP FUNCTION births_number_set(bigint, text, text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("births", "0014_merging"),
        ("cards", "0015_old_numbers"),
        ("persons", "0008_numbers"),
    ]

    operations = [migrations.RunSQL(_SQL, _UNDO)]
