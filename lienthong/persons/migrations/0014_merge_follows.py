"""A merger goes with the household of those who were merged: who answers for them may undo it."""

from pathlib import Path

from django.db import migrations

_SQL = (Path(__file__).parent / "merge_follows.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("persons", "0013_entry_commune")]

    operations = [migrations.RunSQL(_SQL, "DROP FUNCTION persons_merge_follows() CASCADE")]
