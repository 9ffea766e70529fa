"""A link shows the personal id beside the number, and of merged records the card of the one that stands."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_OPEN = (_HERE / "open_link.sql").read_text(encoding="utf-8")
_BEFORE = (_HERE / "electronic.sql").read_text(encoding="utf-8")
_NAME = "CREATE FUNCTION cards_open_link"
_RIGHTS = "-- It must see the card whoever owns the tables"
_UNDO = (
    "DROP FUNCTION cards_open_link(text, text, boolean, text);\n"
    + _BEFORE[_BEFORE.index(_NAME) : _BEFORE.index(_RIGHTS)]
    + _OPEN[_OPEN.index(_RIGHTS) :]
)


class Migration(migrations.Migration):
    dependencies = [("cards", "0015_old_numbers"), ("persons", "0006_pairs")]

    operations = [migrations.RunSQL(_OPEN, _UNDO)]
