"""A family sees the personal id beside the number, once it has opened its code."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_CARD = (_HERE / "family_card.sql").read_text(encoding="utf-8")
_BEFORE = (_HERE / "following.sql").read_text(encoding="utf-8")
_NAME = "CREATE FUNCTION births_family_card"
_NEXT = "-- Who looked at the child's data"
_RIGHTS = "-- It must see the card whoever owns the tables"
_UNDO = (
    "DROP FUNCTION births_family_card(uuid, text);\n"
    + _BEFORE[_BEFORE.index(_NAME) : _BEFORE.index(_NEXT)]
    + _CARD[_CARD.index(_RIGHTS) :]
)


class Migration(migrations.Migration):
    dependencies = [("births", "0015_number_repairs")]

    operations = [migrations.RunSQL(_CARD, _UNDO)]
