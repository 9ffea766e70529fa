"""Numbers of the ledger with a wrong structure are found too; an old number is withdrawn for a written reason."""

from pathlib import Path

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_HERE = Path(__file__).parent
_KEPT = (_HERE / "old_number_kept.sql").read_text(encoding="utf-8")
_BEFORE = _KEPT.replace(",withdrawn_note", "")
_SOURCES = ("book", "card", "paper", "exchange", "household", "collection", "repair", "ledger")


class Migration(migrations.Migration):
    dependencies = [("persons", "0011_imports")]

    operations = [
        migrations.AddField(
            "oldnumber", "withdrawn_note", models.TextField(db_default="", default="")
        ),
        migrations.AddField(
            "numbernight", "after_number", models.TextField(db_default="", default="")
        ),
        migrations.RemoveConstraint("oldnumber", "old_number_source"),
        AddConstraintNotValid(
            "oldnumber",
            models.CheckConstraint(
                condition=models.Q(("source__in", _SOURCES)), name="old_number_source"
            ),
        ),
        migrations.RemoveConstraint("numbermatter", "number_matter_source"),
        AddConstraintNotValid(
            "numbermatter",
            models.CheckConstraint(
                condition=models.Q(("source__in", _SOURCES)), name="number_matter_source"
            ),
        ),
        migrations.RunSQL(_KEPT, _BEFORE),
        migrations.RunSQL(
            "GRANT UPDATE (withdrawn_note) ON persons_oldnumber TO lienthong_web, lienthong_worker",
            "REVOKE UPDATE (withdrawn_note) ON persons_oldnumber FROM lienthong_web, lienthong_worker",
        ),
    ]
