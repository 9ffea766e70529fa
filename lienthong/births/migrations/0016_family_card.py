"""A family sees the personal id beside the number, once it has opened its code."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_CARD = (_HERE / "family_card.sql").read_text(encoding="utf-8")
_UNDO = "DROP FUNCTION births_family_card_and_id(uuid, text)"


class Migration(migrations.Migration):
    dependencies = [("births", "0015_number_repairs")]

    operations = [migrations.RunSQL(_CARD, _UNDO)]
