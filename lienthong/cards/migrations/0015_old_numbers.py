"""Whoever asks by a number of before, as an old book has it, or by a former personal id finds the person."""

from pathlib import Path

from django.db import migrations

_SQL = (Path(__file__).parent / "old_numbers.sql").read_text(encoding="utf-8")
_UNDO = (Path(__file__).parent / "old_numbers_undo.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0014_doubles"),
        ("persons", "0008_numbers"),
    ]

    operations = [migrations.RunSQL(_SQL, _UNDO)]
